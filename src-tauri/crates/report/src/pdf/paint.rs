//! Draws what was laid out, and ties each mark to the part of the tree that it belongs to (ISO 32000-1, 14.7 and 14.8).

use super::blocks::foot;
use super::face::Faces;
use super::fonts::{embed, packed};
use super::sheet::{Ink, Mark, PAGE, Role, Shape, Sheet};
use crate::document::Document;
use chrono::{Datelike as _, Timelike as _};
use pdf_writer::types::{ListNumbering, OutlineItemFlags, StructRole, TableHeaderScope};
use pdf_writer::{Content, Date, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use pilothouse_domain::Timestamp;

/// Numbers for the objects of a file, in the order in which they are asked for.
pub(super) struct Refs(i32);

impl Refs {
    pub(super) fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// A mark in the tree: its page and its number there.
type Leaf = (usize, i32);

pub(super) fn paint(mut sheet: Sheet<'_>, document: &Document, faces: &Faces) -> Vec<u8> {
    foot(&mut sheet, document);
    let mut refs = Refs(0);
    let mut pdf = Pdf::new();
    let [catalog, tree, outline, root, parents, regular, bold] = std::array::from_fn(|_| refs.next());
    let pages: Vec<Ref> = sheet.pages.iter().map(|_| refs.next()).collect();
    let nodes: Vec<Ref> = sheet.nodes.iter().map(|_| refs.next()).collect();
    let mut leaves: Vec<Vec<Leaf>> = sheet.nodes.iter().map(|_| Vec::new()).collect();
    let mut owners: Vec<Ref> = Vec::new();
    let mut headings = Vec::new();
    for (at, (marks, page_id)) in sheet.pages.iter().zip(&pages).enumerate() {
        let (content_id, owners_id) = (refs.next(), refs.next());
        let mut content = Content::new();
        let mut owned: Vec<Ref> = Vec::new();
        for mark in marks {
            headings.extend(heading(&sheet, mark).map(|words| (words, *page_id, PAGE.1 - mark.y + 20.0)));
            match mark.node.and_then(|node| Some((*nodes.get(node)?, leaves.get_mut(node)?))) {
                Some((node, own)) => {
                    let number = i32::try_from(owned.len()).unwrap_or(i32::MAX);
                    content.begin_marked_content_with_properties(Name(b"Span")).properties().identify(number);
                    own.push((at, number));
                    owned.push(node);
                }
                None => drop(content.begin_marked_content(Name(b"Artifact"))),
            }
            draw(&mut content, mark, faces);
            content.end_marked_content();
        }
        let data = packed(content.finish().as_slice());
        pdf.stream(content_id, &data).filter(Filter::FlateDecode);
        pdf.indirect(owners_id).array().items(owned);
        owners.push(owners_id);
        let mut page = pdf.page(*page_id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).contents(content_id);
        page.struct_parents(i32::try_from(at).unwrap_or(i32::MAX)).tab_order(pdf_writer::types::TabOrder::StructureOrder);
        page.resources().fonts().pair(Name(b"R"), regular).pair(Name(b"B"), bold);
    }
    pdf.pages(tree).count(i32::try_from(pages.len()).unwrap_or(i32::MAX)).kids(pages.iter().copied());
    embed(&mut pdf, &mut refs, regular, faces.of(false));
    embed(&mut pdf, &mut refs, bold, faces.of(true));
    write_tree(&mut pdf, &sheet, &Places { root, nodes: &nodes, pages: &pages }, &leaves);
    let mut numbers = pdf.number_tree::<Ref>(parents);
    let mut entries = numbers.nums();
    for (at, owner) in owners.iter().enumerate() {
        entries.insert(i32::try_from(at).unwrap_or(i32::MAX), *owner);
    }
    entries.finish();
    numbers.finish();
    write_outline(&mut pdf, &mut refs, outline, &headings);
    let mut cover = pdf.catalog(catalog);
    cover.pages(tree).outlines(outline).lang(TextStr("en"));
    cover.mark_info().marked(true);
    cover.viewer_preferences().display_doc_title(true);
    cover.pair(Name(b"StructTreeRoot"), root);
    cover.finish();
    // Written by hand: the parts of the tree name it as their parent, so it needs a number of its own.
    let mut structure = pdf.indirect(root).dict();
    structure.pair(Name(b"Type"), Name(b"StructTreeRoot")).pair(Name(b"ParentTree"), parents);
    structure.pair(Name(b"ParentTreeNextKey"), i32::try_from(owners.len()).unwrap_or(i32::MAX));
    structure.insert(Name(b"K")).array().items(nodes.first().copied());
    structure.finish();
    let id = refs.next();
    let mut info = pdf.document_info(id);
    info.title(TextStr(&document.title)).subject(TextStr(&document.subtitle)).creator(TextStr("Pilothouse")).creation_date(date(document));
    info.finish();
    pdf.finish()
}

/// When the last of it happened: nothing depends on when it is made.
fn date(document: &Document) -> Date {
    let at = Timestamp::parse(&document.as_of).map(Timestamp::as_datetime).unwrap_or_default();
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = Date::new(u16::try_from(at.year()).unwrap_or(1970)).month(small(at.month())).day(small(at.day()));
    date.hour(small(at.hour())).minute(small(at.minute())).second(small(at.second())).utc_offset_hour(0).utc_offset_minute(0)
}

/// The words of a mark that begins a section.
fn heading(sheet: &Sheet<'_>, mark: &Mark) -> Option<String> {
    let node = sheet.nodes.get(mark.node?)?;
    match (&node.role, &mark.shape) {
        (Role::Heading(2), Shape::Text { text, .. }) => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn draw(content: &mut Content, mark: &Mark, faces: &Faces) {
    let [red, green, blue] = colour(mark.ink).map(|part| f32::from(part) / 255.0);
    content.set_fill_rgb(red, green, blue);
    match &mark.shape {
        Shape::Text { text, size, bold } => {
            let face = faces.of(*bold);
            let glyphs: Vec<u8> = text.chars().flat_map(|c| face.glyph(c).0.to_be_bytes()).collect();
            content.begin_text().set_font(Name(if *bold { b"B" } else { b"R" }), *size);
            content.set_text_matrix([1.0, 0.0, 0.0, 1.0, mark.x, PAGE.1 - mark.y]).show(Str(&glyphs)).end_text();
        }
        Shape::Box { wide, tall } => {
            content.rect(mark.x, PAGE.1 - mark.y - tall, *wide, *tall).fill_nonzero();
        }
    }
}

const fn colour(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Text => [23, 33, 43],
        Ink::Soft => [82, 96, 109],
        Ink::Line => [205, 213, 220],
        Ink::Bar => [11, 110, 153],
        Ink::Good => [23, 99, 58],
        Ink::Bad => [163, 38, 27],
    }
}

/// Where the parts of the tree and the pages are.
struct Places<'a> {
    root: Ref,
    nodes: &'a [Ref],
    pages: &'a [Ref],
}

fn write_tree(pdf: &mut Pdf, sheet: &Sheet<'_>, places: &Places<'_>, leaves: &[Vec<Leaf>]) {
    let mut parents = vec![places.root; sheet.nodes.len()];
    for (node, id) in sheet.nodes.iter().zip(places.nodes) {
        for child in &node.children {
            if let Some(parent) = parents.get_mut(*child) {
                *parent = *id;
            }
        }
    }
    for (at, (node, id)) in sheet.nodes.iter().zip(places.nodes).enumerate() {
        let mut element = pdf.struct_element(*id);
        element.kind(role(&node.role));
        if let Some(parent) = parents.get(at) {
            element.parent(*parent);
        }
        match &node.role {
            Role::Figure(words) => drop(element.alt(TextStr(words))),
            Role::HeadCell => drop(element.attributes().push().table().scope(TableHeaderScope::Column)),
            Role::List => drop(element.attributes().push().list().list_numbering(ListNumbering::Disc)),
            _ => {}
        }
        let mut children = element.children();
        for (page, number) in leaves.get(at).into_iter().flatten() {
            if let Some(page) = places.pages.get(*page) {
                children.marked_content_ref().page(*page).marked_content_id(*number);
            }
        }
        for child in node.children.iter().filter_map(|child| places.nodes.get(*child)) {
            children.struct_element(*child);
        }
        children.finish();
    }
}

const fn role(role: &Role) -> StructRole {
    match role {
        Role::Document => StructRole::Document,
        Role::Heading(1) => StructRole::H1,
        Role::Heading(_) => StructRole::H2,
        Role::Paragraph => StructRole::P,
        Role::List => StructRole::L,
        Role::ListItem => StructRole::LI,
        Role::ListBody => StructRole::LBody,
        Role::Table => StructRole::Table,
        Role::Row => StructRole::TR,
        Role::HeadCell => StructRole::TH,
        Role::Cell => StructRole::TD,
        Role::Figure(_) => StructRole::Figure,
    }
}

fn write_outline(pdf: &mut Pdf, refs: &mut Refs, outline: Ref, headings: &[(String, Ref, f32)]) {
    let items: Vec<Ref> = headings.iter().map(|_| refs.next()).collect();
    let mut whole = pdf.outline(outline);
    if let (Some(first), Some(last)) = (items.first(), items.last()) {
        whole.first(*first).last(*last).count(i32::try_from(items.len()).unwrap_or(i32::MAX));
    }
    whole.finish();
    for (at, ((words, page, top), id)) in headings.iter().zip(&items).enumerate() {
        let mut item = pdf.outline_item(*id);
        item.title(TextStr(words)).parent(outline).flags(OutlineItemFlags::empty());
        if let Some(before) = at.checked_sub(1).and_then(|before| items.get(before)) {
            item.prev(*before);
        }
        if let Some(after) = items.get(at + 1) {
            item.next(*after);
        }
        item.dest().page(*page).xyz(0.0, *top, None);
    }
}
