//! The PDF: its lines, its letters, and that it is the same each time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::document::{Block, Section, Table};
use crate::release::tests::record;
use crate::release_report;

#[test]
fn the_same_record_gives_the_same_sound_pdf() {
    let report = release_report(&record());
    let once = pdf(&report).unwrap();
    assert!(once.starts_with(b"%PDF-1.7"));
    assert!(once.windows(11).any(|bytes| bytes == b"/MarkInfo<<" || bytes == b"/StructTree"), "it is tagged");
    assert_eq!(once, pdf(&report).unwrap());
}

#[test]
fn long_tables_and_long_words_go_on_on_the_next_page() {
    let rows = (0..200).map(|n| vec![n.to_string(), "word ".repeat(20), "x".repeat(300)]).collect();
    let table = Table { caption: "Long".into(), head: vec![("A".into(), 1), ("B".into(), 4), ("C".into(), 4)], rows };
    let huge = Table { caption: String::new(), head: vec![("A".into(), 1)], rows: vec![vec!["line\n".repeat(500)]] };
    let blocks = vec![
        Block::Table(table),
        Block::Table(huge),
        Block::Text("paragraph\n\n".repeat(100)),
        Block::List(vec![String::new(), "\u{202e}\u{0}\u{1f680}".into()]),
    ];
    let document = Document {
        title: "T".into(),
        subtitle: String::new(),
        as_of: "2026-11-24T09:00:00Z".into(),
        sections: vec![Section { title: "S".into(), blocks }, Section { title: String::new(), blocks: vec![Block::Figures(Vec::new())] }],
    };
    let made = pdf(&document).unwrap();
    let text = String::from_utf8_lossy(&made);
    assert!(text.matches("/Type/Page/").count() + text.matches("/Type/Page\n").count() > 10 || text.contains("/Count"), "many pages");
}

#[test]
fn lines_break_where_they_must() {
    let faces = Faces::load().unwrap();
    let face = faces.of(false);
    let lines = face.lines("one two three\n\nwide", 10.0, face.width("one two", 10.0) + 0.1);
    assert_eq!(lines, ["one two", "three", "", "wide"]);
    let long = face.lines(&"m".repeat(40), 10.0, face.width("mmmmmmmmmm", 10.0) + 0.1);
    assert_eq!(long.iter().map(String::len).collect::<Vec<_>>(), [10, 10, 10, 10]);
    assert_eq!(face.shown("a\u{202e}\u{1f680}\tb"), "a? b");
}
