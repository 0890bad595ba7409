//! The two faces that a PDF is set in, how wide text is in them, and where its lines break. One glyph stands for one character: enough for
//! scripts that are written from left to right without joining. What the faces don't have is shown as a question mark.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// A face.
pub(super) struct Face {
    font: Font,
    reader: FontRef<'static>,
    units: f32,
}

/// Both faces.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
}

impl Faces {
    /// `None` where the faces that are built in can't be read.
    pub(super) fn load() -> Option<Self> {
        Some(Self { regular: Face::read(REGULAR)?, bold: Face::read(BOLD)? })
    }

    pub(super) const fn of(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn read(data: &'static [u8]) -> Option<Self> {
        let font = Font::new(data.into(), 0)?;
        let reader = FontRef::new(data).ok()?;
        let units = f32::from(reader.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(Self { font, reader, units })
    }

    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// The text as this face can show it.
    pub(super) fn shown(&self, text: &str) -> String {
        let charmap = self.reader.charmap();
        let known = |c: char| if charmap.map(c).is_some() { c } else { '?' };
        text.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_whitespace() { ' ' } else { known(c) }).collect()
    }

    /// Glyphs for a text that was [`shown`](Self::shown).
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let (charmap, metrics) = (self.reader.charmap(), self.reader.glyph_metrics(Size::unscaled(), LocationRef::default()));
        text.char_indices()
            .map(|(at, c)| {
                let glyph = charmap.map(c).unwrap_or_default();
                let advance = metrics.advance_width(glyph).unwrap_or_default() / self.units;
                KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
            })
            .collect()
    }

    /// How wide a text is, in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let (charmap, metrics) = (self.reader.charmap(), self.reader.glyph_metrics(Size::unscaled(), LocationRef::default()));
        let of = |c: char| charmap.map(c).and_then(|glyph| metrics.advance_width(glyph)).unwrap_or_default();
        text.chars().map(of).sum::<f32>() / self.units * size
    }

    /// The lines of a text that is to be so many points wide. A word that is wider is broken.
    pub(super) fn lines(&self, text: &str, size: f32, wide: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let paragraph = self.shown(paragraph);
            let mut line = String::new();
            for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if self.width(&longer, size) <= wide {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = self.broken(word, size, wide, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// Puts what of a word doesn't fit on lines of its own; what is left.
    fn broken(&self, word: &str, size: f32, wide: f32, lines: &mut Vec<String>) -> String {
        let (mut part, mut so_far) = (String::new(), 0.0);
        for c in word.chars() {
            let own = self.width(c.encode_utf8(&mut [0; 4]), size);
            if so_far + own > wide && !part.is_empty() {
                lines.push(std::mem::take(&mut part));
                so_far = 0.0;
            }
            part.push(c);
            so_far += own;
        }
        part
    }
}

/// Characters that are never drawn: controls, and what turns the direction of writing.
const fn is_unseen(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{ad}')
}
