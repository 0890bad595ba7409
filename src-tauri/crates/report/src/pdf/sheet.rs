//! Pages that fill from top to bottom, and the tree of what stands on them. Nothing is drawn here: marks are put down with their places.

use super::face::Faces;

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// White on each side.
pub(super) const MARGIN: f32 = 48.0;
/// Room for the line at the foot.
pub(super) const FOOT: f32 = 24.0;
/// How wide a line may be.
pub(super) const WIDE: f32 = PAGE.0 - 2.0 * MARGIN;

/// What something is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// The whole.
    Document,
    /// A heading of a level, 1 or 2.
    Heading(u16),
    Paragraph,
    List,
    ListItem,
    ListBody,
    Table,
    Row,
    HeadCell,
    Cell,
    /// A picture, in words.
    Figure(String),
}

/// A part of the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) role: Role,
    pub(super) children: Vec<usize>,
}

/// Grey, dark or colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Soft,
    Line,
    Bar,
    Good,
    Bad,
}

/// Something to draw.
#[derive(Debug)]
pub(super) enum Shape {
    Text { text: String, size: f32, bold: bool },
    Box { wide: f32, tall: f32 },
}

/// Something to draw at a place: its left edge, and its baseline or its top, from the top of the page.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) ink: Ink,
    pub(super) shape: Shape,
    /// What it belongs to; `None` for what only adorns.
    pub(super) node: Option<usize>,
}

/// How text looks.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    /// In points.
    size: f32,
    bold: bool,
    ink: Ink,
}

impl Letters {
    pub(super) const fn plain(size: f32, ink: Ink) -> Self {
        Self { size, bold: false, ink }
    }

    pub(super) const fn bold(size: f32, ink: Ink) -> Self {
        Self { size, bold: true, ink }
    }
}

/// The pages so far.
pub(super) struct Sheet<'f> {
    pub(super) faces: &'f Faces,
    pub(super) pages: Vec<Vec<Mark>>,
    pub(super) nodes: Vec<Node>,
    /// How far down the last page is full.
    pub(super) y: f32,
}

impl<'f> Sheet<'f> {
    pub(super) fn new(faces: &'f Faces) -> Self {
        let root = Node { role: Role::Document, children: Vec::new() };
        Self { faces, pages: vec![Vec::new()], nodes: vec![root], y: MARGIN }
    }

    /// A new part within another.
    pub(super) fn node(&mut self, parent: usize, role: Role) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node { role, children: Vec::new() });
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(id);
        }
        id
    }

    pub(super) fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    pub(super) fn text(&mut self, node: Option<usize>, x: f32, baseline: f32, text: String, letters: Letters) {
        if !text.trim().is_empty() {
            self.put(Mark { x, y: baseline, ink: letters.ink, shape: Shape::Text { text, size: letters.size, bold: letters.bold }, node });
        }
    }

    pub(super) fn rule(&mut self, y: f32) {
        self.put(Mark { x: MARGIN, y, ink: Ink::Line, shape: Shape::Box { wide: WIDE, tall: 0.6 }, node: None });
    }

    /// Whether so much more fits on the page.
    pub(super) fn has_room(&self, tall: f32) -> bool {
        self.y + tall <= PAGE.1 - MARGIN - FOOT
    }

    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// Turns the page where so much doesn't fit any more; true where it did.
    pub(super) fn make_room(&mut self, tall: f32) -> bool {
        let turns = !self.has_room(tall) && self.y > MARGIN;
        if turns {
            self.turn();
        }
        turns
    }

    /// Lines of text, one below the other, from page to page.
    pub(super) fn flow(&mut self, node: usize, x: f32, wide: f32, text: &str, letters: Letters) {
        let size = letters.size;
        for line in self.faces.of(letters.bold).lines(text, size, wide) {
            let tall = size * 1.4;
            self.make_room(tall);
            // A space, so that readers don't join the last word to the next line's first.
            self.text(Some(node), x, self.y + size, format!("{line} "), letters);
            self.y += tall;
        }
    }
}
