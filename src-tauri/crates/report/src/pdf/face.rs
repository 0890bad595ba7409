//! The two faces that a PDF is set in, how wide text is in them, and where its lines break. One glyph stands for one character: enough for
//! scripts that are written from left to right without joining. What the faces don't have is shown as a question mark.

use ttf_parser::{Face as Reader, GlyphId};

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// A face.
pub(super) struct Face {
    reader: Reader<'static>,
    data: &'static [u8],
    name: &'static str,
}

/// Both faces.
pub(super) struct Faces {
    regular: Face,
    bold: Face,
}

impl Faces {
    /// `None` where the faces that are built in can't be read.
    pub(super) fn load() -> Option<Self> {
        Some(Self { regular: Face::read(REGULAR, "DejaVuSansCondensed")?, bold: Face::read(BOLD, "DejaVuSansCondensed-Bold")? })
    }

    pub(super) const fn of(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn read(data: &'static [u8], name: &'static str) -> Option<Self> {
        Some(Self { reader: Reader::parse(data, 0).ok()?, data, name })
    }

    /// What the face is called.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The font's own file.
    pub(super) const fn data(&self) -> &'static [u8] {
        self.data
    }

    /// The font's own measures.
    pub(super) const fn reader(&self) -> &Reader<'static> {
        &self.reader
    }

    /// A length of the font in thousandths of its size.
    pub(super) fn thousandths(&self, units: impl Into<f32>) -> f32 {
        units.into() * 1_000.0 / f32::from(self.reader.units_per_em())
    }

    /// The glyph of a character that was [`shown`](Self::shown).
    pub(super) fn glyph(&self, c: char) -> GlyphId {
        self.reader.glyph_index(c).unwrap_or_default()
    }

    fn advance(&self, c: char) -> f32 {
        self.reader.glyph_hor_advance(self.glyph(c)).map_or(0.0, f32::from) / f32::from(self.reader.units_per_em())
    }

    /// The text as this face can show it.
    pub(super) fn shown(&self, text: &str) -> String {
        let known = |c: char| if self.reader.glyph_index(c).is_some() { c } else { '?' };
        text.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_whitespace() { ' ' } else { known(c) }).collect()
    }

    /// How wide a text is, in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(c)).sum::<f32>() * size
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
fn is_unseen(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{ad}')
}
