//! Draws what was laid out, and ties each mark to the part that it belongs to.

use super::PdfError;
use super::blocks::foot;
use super::face::Faces;
use super::sheet::{Ink, Mark, PAGE, Role, Shape, Sheet};
use crate::document::Document;
use chrono::{Datelike as _, Timelike as _};
use krilla::color::rgb;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::destination::XyzDestination;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::{Document as Pdf, SerializeSettings};
use pilothouse_domain::Timestamp;
use std::num::NonZeroU16;

pub(super) fn paint(mut sheet: Sheet<'_>, document: &Document, faces: &Faces) -> Result<Vec<u8>, PdfError> {
    foot(&mut sheet, document);
    let mut pdf = Pdf::new_with(SerializeSettings { configuration: archival()?, ..SerializeSettings::default() });
    let mut leaves: Vec<Vec<Identifier>> = sheet.nodes.iter().map(|_| Vec::new()).collect();
    let mut outline = Outline::new();
    for (marks, at) in sheet.pages.iter().zip(0_usize..) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("the page has no size"))?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            if let Some(heading) = heading(&sheet, mark) {
                outline.push_child(OutlineNode::new(heading, XyzDestination::new(at, Point::from_xy(mark.x, (mark.y - 20.0).max(0.0)))));
            }
            let identifier = match mark.node {
                None => surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout))),
                Some(_) if matches!(mark.shape, Shape::Text { .. }) => surface.start_tagged(ContentTag::Span(SpanTag::empty())),
                Some(_) => surface.start_tagged(ContentTag::Other),
            };
            draw(&mut surface, mark, faces);
            surface.end_tagged();
            if let Some(own) = mark.node.and_then(|node| leaves.get_mut(node)) {
                own.push(identifier);
            }
        }
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
    if let Some(root) = group(&sheet, 0, &mut leaves) {
        tree.push(root);
    }
    pdf.set_tag_tree(tree);
    pdf.set_outline(outline);
    pdf.set_metadata(metadata(document));
    pdf.finish().map_err(|error| failed(&error.to_string()))
}

fn archival() -> Result<Configuration, PdfError> {
    ConfigurationBuilder::new().with_archival_validator(Archival::A2_A).finish().map_err(|_| failed("PDF/A-2a is not known"))
}

fn failed(reason: &str) -> PdfError {
    PdfError { reason: reason.to_owned() }
}

/// Nothing of it depends on when it is made.
fn metadata(document: &Document) -> Metadata {
    let at = Timestamp::parse(&document.as_of).map(Timestamp::as_datetime).unwrap_or_default();
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or(1970))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(document.title.clone())
        .description(document.subtitle.clone())
        .creator("Pilothouse".to_owned())
        .language("en".to_owned())
        .document_id(format!("{} {}", document.title, document.as_of))
        .creation_date(date)
}

/// The words of a mark that begins a heading.
fn heading(sheet: &Sheet<'_>, mark: &Mark) -> Option<String> {
    let node = sheet.nodes.get(mark.node?)?;
    match (&node.role, &mark.shape) {
        (Role::Heading(2), Shape::Text { text, .. }) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, faces: &Faces) {
    surface.set_fill(Some(Fill { paint: colour(mark.ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
    match &mark.shape {
        Shape::Text { text, size, bold } => {
            let face = faces.of(*bold);
            surface.draw_glyphs(Point::from_xy(mark.x, mark.y), &face.glyphs(text), face.font(), text, *size, false);
        }
        Shape::Box { wide, tall } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(mark.x, mark.y, *wide, *tall) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

const fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Text => rgb::Color::new(23, 33, 43),
        Ink::Soft => rgb::Color::new(82, 96, 109),
        Ink::Line => rgb::Color::new(205, 213, 220),
        Ink::Bar => rgb::Color::new(11, 110, 153),
        Ink::Good => rgb::Color::new(23, 99, 58),
        Ink::Bad => rgb::Color::new(163, 38, 27),
    }
}

/// A part with its leaves and its parts; `None` where nothing of it is seen.
fn group(sheet: &Sheet<'_>, at: usize, leaves: &mut [Vec<Identifier>]) -> Option<TagGroup> {
    let node = sheet.nodes.get(at)?;
    let own = leaves.get_mut(at).map(std::mem::take).unwrap_or_default();
    let mut children: Vec<Node> = own.into_iter().map(Node::from).collect();
    children.extend(node.children.iter().filter_map(|child| group(sheet, *child, leaves)).map(Node::from));
    let keeps_place = matches!(node.role, Role::Cell | Role::HeadCell);
    (!children.is_empty() || keeps_place).then(|| TagGroup::with_children(tag(&node.role, sheet, at), children))
}

fn tag(role: &Role, sheet: &Sheet<'_>, at: usize) -> TagKind {
    match role {
        Role::Document => Tag::Part.into(),
        Role::Heading(level) => Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), title(sheet, at)).into(),
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Disc).into(),
        Role::ListItem => Tag::LI.into(),
        Role::ListBody => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(words) => Tag::Figure(Some(words.clone())).into(),
    }
}

fn title(sheet: &Sheet<'_>, at: usize) -> Option<String> {
    let words = sheet.pages.iter().flatten().filter(|mark| mark.node == Some(at)).filter_map(|mark| match &mark.shape {
        Shape::Text { text, .. } => Some(text.trim()),
        Shape::Box { .. } => None,
    });
    Some(words.collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty())
}
