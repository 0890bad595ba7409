//! A report as PDF: A4, and tagged, so that it is read aloud in order. The layout is our own and plain: blocks one below the other, tables whose heads come again on
//! each page. Colour never says anything that the words don't.

mod blocks;
mod face;
mod fonts;
mod paint;
mod sheet;

use crate::document::Document;
use face::Faces;
use sheet::Sheet;

/// Why there is no PDF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PDF can't be made: {reason}")]
pub struct PdfError {
    /// What went wrong.
    pub reason: String,
}

/// The PDF. The same document gives the same bytes.
///
/// # Errors
/// [`PdfError`] where the fonts that are built in can't be read.
pub fn pdf(document: &Document) -> Result<Vec<u8>, PdfError> {
    let faces = Faces::load().ok_or_else(|| PdfError { reason: "its fonts can't be read".to_owned() })?;
    let mut sheet = Sheet::new(&faces);
    blocks::lay_out(&mut sheet, document);
    Ok(paint::paint(sheet, document, &faces))
}

#[cfg(test)]
mod tests;
