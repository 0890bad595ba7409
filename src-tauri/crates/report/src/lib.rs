//! What Pilothouse hands out about a release: the report, as one page of HTML and as PDF, and the auditor's bundle with its verifier. All of
//! it is made from a [`ReleaseRecord`](pilothouse_domain::record::ReleaseRecord), and the same record gives the same bytes.
//!
//! Must not: read a store, a clock, a file or a keychain, or decide what belongs to a record. A seed for signing is handed in for as long
//! as a signature takes.

pub mod bundle;
mod document;
mod html;
mod pdf;
mod release;

pub use document::{Bar, Block, Document, Figure, Plot, Section, Table, Tone};
pub use html::html;
pub use pdf::{PdfError, pdf};
pub use release::release_report;
