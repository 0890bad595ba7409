//! Puts a face into a PDF: its file, its widths, and which character each glyph stands for, so that text can be searched and copied.

use super::face::Face;
use super::paint::Refs;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use std::io::Write as _;

const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Writes the face under this id.
pub(super) fn embed(pdf: &mut Pdf, refs: &mut Refs, id: Ref, face: &Face) {
    let (cid, descriptor, cmap, file) = (refs.next(), refs.next(), refs.next(), refs.next());
    let name = face.name();
    let mut font = pdf.type0_font(id);
    font.base_font(Name(name.as_bytes())).encoding_predefined(Name(b"Identity-H")).descendant_font(cid).to_unicode(cmap);
    font.finish();

    let reader = face.reader();
    let mut font = pdf.cid_font(cid);
    font.subtype(CidFontType::Type2).base_font(Name(name.as_bytes())).system_info(SYSTEM).font_descriptor(descriptor);
    font.cid_to_gid_map_predefined(Name(b"Identity")).default_width(0.0);
    let widths = (0..reader.number_of_glyphs())
        .map(|glyph| face.thousandths(reader.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or_default()));
    font.widths().consecutive(0, widths);
    font.finish();

    let bounds = reader.global_bounding_box();
    let [left, low, right, high] = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|units| face.thousandths(units));
    pdf.font_descriptor(descriptor)
        .name(Name(name.as_bytes()))
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(left, low, right, high))
        .italic_angle(0.0)
        .ascent(face.thousandths(reader.ascender()))
        .descent(face.thousandths(reader.descender()))
        .cap_height(face.thousandths(reader.capital_height().unwrap_or_default()))
        .stem_v(90.0)
        .font_file2(file);

    let mut unicode = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
    for (glyph, c) in characters(face) {
        unicode.pair(glyph, c);
    }
    let unicode = unicode.finish();
    pdf.cmap(cmap, unicode.as_slice()).finish();

    let packed = packed(face.data());
    let length = i32::try_from(face.data().len()).unwrap_or(i32::MAX);
    let mut stream = pdf.stream(file, &packed);
    stream.filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
}

/// The first character of each glyph.
fn characters(face: &Face) -> BTreeMap<u16, char> {
    let mut known = BTreeMap::new();
    let tables = face.reader().tables().cmap.into_iter().flat_map(|cmap| cmap.subtables).filter(ttf_parser::cmap::Subtable::is_unicode);
    for table in tables {
        table.codepoints(|code| {
            if let (Some(c), Some(glyph)) = (char::from_u32(code), table.glyph_index(code)) {
                known.entry(glyph.0).or_insert(c);
            }
        });
    }
    known
}

/// What a vector takes is never refused.
pub(super) fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(data);
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
