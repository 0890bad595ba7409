//! What is Jenkins's own: shown over the practice range where it needs a Jenkins that remembers, and on canned answers where it needs
//! one that is odd.

mod canned;
mod catalogue;
mod gates;
mod holds;
mod odd_answers;
mod passwords;
mod queue;
mod requests;
mod rollback;
