//! Where the blocks of a report stand.

use super::sheet::{FOOT, Ink, Letters, MARGIN, Mark, PAGE, Role, Shape, Sheet, WIDE};
use crate::document::{Block, Document, Figure, Plot, Table, Tone};

const BODY: f32 = 9.5;
const SMALL: f32 = 8.0;
/// The whole of a longer cell is in the page of HTML.
const MOST_LINES: usize = 40;
const GAP: f32 = 6.0;

pub(super) fn lay_out(sheet: &mut Sheet<'_>, document: &Document) {
    // A stroke of colour above the title, which belongs to nothing.
    let (x, y) = (MARGIN, sheet.y);
    sheet.put(Mark { x, y, ink: Ink::Bar, shape: Shape::Box { wide: 40.0, tall: 3.0 }, node: None });
    sheet.y += 9.0;
    let title = sheet.node(0, Role::Heading(1));
    sheet.flow(title, MARGIN, WIDE, &document.title, Letters::bold(20.0, Ink::Text));
    paragraph(sheet, &document.subtitle, Ink::Soft);
    for section in &document.sections {
        sheet.y += 12.0;
        sheet.make_room(70.0);
        sheet.rule(sheet.y);
        sheet.y += 6.0;
        let heading = sheet.node(0, Role::Heading(2));
        sheet.flow(heading, MARGIN, WIDE, &section.title, Letters::bold(13.0, Ink::Text));
        sheet.y += 2.0;
        for block in &section.blocks {
            put(sheet, block);
        }
    }
}

fn put(sheet: &mut Sheet<'_>, block: &Block) {
    match block {
        Block::Text(text) => paragraph(sheet, text, Ink::Text),
        Block::Empty(text) => paragraph(sheet, text, Ink::Soft),
        Block::Facts(list) => facts(sheet, list),
        Block::Figures(figures) => tiles(sheet, figures),
        Block::Table(table_) => table(sheet, table_),
        Block::List(points) => list(sheet, points),
        Block::Plot(plot) => drawing(sheet, plot),
    }
}

fn paragraph(sheet: &mut Sheet<'_>, text: &str, ink: Ink) {
    let node = sheet.node(0, Role::Paragraph);
    sheet.flow(node, MARGIN, WIDE, text, Letters::plain(BODY, ink));
    sheet.y += 3.0;
}

fn list(sheet: &mut Sheet<'_>, points: &[String]) {
    let list = sheet.node(0, Role::List);
    for point in points {
        let item = sheet.node(list, Role::ListItem);
        let body = sheet.node(item, Role::ListBody);
        sheet.make_room(BODY * 1.4);
        sheet.text(None, MARGIN + 2.0, sheet.y + BODY, "•".to_owned(), Letters::plain(BODY, Ink::Soft));
        sheet.flow(body, MARGIN + 14.0, WIDE - 14.0, point, Letters::plain(BODY, Ink::Text));
    }
    sheet.y += 3.0;
}

fn tiles(sheet: &mut Sheet<'_>, figures: &[Figure]) {
    for row in figures.chunks(4) {
        let wide = WIDE / 4.0;
        sheet.make_room(58.0);
        let top = sheet.y;
        let mut lowest = top;
        for (figure, at) in row.iter().zip(0_u8..) {
            let x = MARGIN + wide * f32::from(at);
            let ink = match figure.tone {
                Tone::Plain => Ink::Text,
                Tone::Good => Ink::Good,
                Tone::Bad => Ink::Bad,
                Tone::NoData => Ink::Soft,
            };
            let node = sheet.node(0, Role::Paragraph);
            let stroke = Shape::Box { wide: wide - GAP * 2.0, tall: 1.5 };
            sheet.put(Mark { x, y: top, ink: if figure.tone == Tone::Plain { Ink::Line } else { ink }, shape: stroke, node: None });
            sheet.y = top + 4.0;
            sheet.flow(node, x, wide - GAP, &figure.label, Letters::plain(SMALL, Ink::Soft));
            let size = if figure.tone == Tone::NoData { 10.0 } else { 14.0 };
            sheet.flow(node, x, wide - GAP, &figure.value, Letters::bold(size, ink));
            sheet.flow(node, x, wide - GAP, &figure.note, Letters::plain(SMALL, Ink::Soft));
            lowest = lowest.max(sheet.y);
        }
        sheet.y = lowest + GAP;
    }
}

/// Names and values, a line each: their names are the heads of the rows.
fn facts(sheet: &mut Sheet<'_>, facts: &[(String, String)]) {
    let name_wide = WIDE * 3.0 / 13.0;
    let whole = sheet.node(0, Role::Table);
    for (name, value) in facts {
        let names = sheet.faces.of(false).lines(name, SMALL, name_wide - GAP);
        let values = sheet.faces.of(false).lines(value, SMALL, WIDE - name_wide);
        let most = names.len().max(values.len()).clamp(1, MOST_LINES);
        let tall = line_height() * f32::from(u16::try_from(most).unwrap_or(u16::MAX)) + 4.0;
        sheet.make_room(tall);
        let row = sheet.node(whole, Role::Row);
        for (role, x, ink, lines) in [(Role::HeadCell, MARGIN, Ink::Soft, names), (Role::Cell, MARGIN + name_wide, Ink::Text, values)] {
            let cell = sheet.node(row, role);
            for (line, at) in lines.into_iter().take(MOST_LINES).zip(0_u16..) {
                let baseline = sheet.y + 2.0 + SMALL + line_height() * f32::from(at);
                sheet.text(Some(cell), x, baseline, format!("{line} "), Letters::plain(SMALL, ink));
            }
        }
        sheet.y += tall;
        sheet.rule(sheet.y);
    }
    sheet.y += GAP;
}

fn table(sheet: &mut Sheet<'_>, table: &Table) {
    // The caption, the head and a first row stay together.
    sheet.make_room(line_height() * 6.0);
    if !table.caption.is_empty() {
        paragraph(sheet, &table.caption, Ink::Soft);
    }
    let total: f32 = table.head.iter().map(|(_, share)| f32::from(*share)).sum::<f32>().max(1.0);
    let mut places = Vec::with_capacity(table.head.len());
    let mut x = MARGIN;
    for (_, share) in &table.head {
        let wide = WIDE * f32::from(*share) / total;
        places.push((x, wide - GAP));
        x += wide;
    }
    let whole = sheet.node(0, Role::Table);
    head(sheet, table, &places, Some(whole));
    for row in &table.rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&places)
            .map(|(cell, (_, wide))| {
                let mut lines = sheet.faces.of(false).lines(cell, SMALL, *wide);
                if lines.len() > MOST_LINES {
                    lines.truncate(MOST_LINES);
                    lines.push("… (the whole is in the report's HTML)".to_owned());
                }
                lines
            })
            .collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let tall = line_height() * f32::from(u16::try_from(most).unwrap_or(u16::MAX)) + 4.0;
        if sheet.make_room(tall) {
            head(sheet, table, &places, None);
        }
        let node = sheet.node(whole, Role::Row);
        for (lines, (x, _)) in cells.into_iter().zip(&places) {
            let cell = sheet.node(node, Role::Cell);
            for (line, at) in lines.into_iter().zip(0_u16..) {
                let baseline = sheet.y + 2.0 + SMALL + line_height() * f32::from(at);
                sheet.text(Some(cell), *x, baseline, format!("{line} "), Letters::plain(SMALL, Ink::Text));
            }
        }
        sheet.y += tall;
        sheet.rule(sheet.y);
    }
    sheet.y += GAP;
}

/// The head of a table; one that comes again on a further page belongs to nothing.
fn head(sheet: &mut Sheet<'_>, table: &Table, places: &[(f32, f32)], whole: Option<usize>) {
    sheet.make_room(line_height() * 3.0);
    let row = whole.map(|whole| sheet.node(whole, Role::Row));
    for ((name, _), (x, _)) in table.head.iter().zip(places) {
        let cell = row.map(|row| sheet.node(row, Role::HeadCell));
        let shown = sheet.faces.of(true).shown(name);
        sheet.text(cell, *x, sheet.y + 2.0 + SMALL, format!("{shown} "), Letters::bold(SMALL, Ink::Soft));
    }
    sheet.y += line_height() + 4.0;
    sheet.rule(sheet.y);
}

fn line_height() -> f32 {
    SMALL * 1.35
}

#[expect(clippy::cast_possible_truncation, reason = "heights in points, far from where precision is lost")]
fn drawing(sheet: &mut Sheet<'_>, plot: &Plot) {
    const TALL: f32 = 70.0;
    paragraph(sheet, &plot.title, Ink::Soft);
    sheet.make_room(TALL + 20.0);
    let figure = sheet.node(0, Role::Figure(plot.sentence.clone()));
    let base = sheet.y + TALL;
    let count = f32::from(u16::try_from(plot.bars.len().max(1)).unwrap_or(u16::MAX));
    let step = WIDE / count;
    for (bar, at) in plot.bars.iter().zip(0_u16..) {
        let x = MARGIN + step * f32::from(at);
        if let Some(value) = bar.value {
            let share = (value / plot.top()) as f32;
            let tall = (share * TALL).max(if value > 0.0 { 1.5 } else { 0.4 });
            let shape = Shape::Box { wide: step * 0.7, tall };
            sheet.put(Mark { x: x + step * 0.15, y: base - tall, ink: Ink::Bar, shape, node: Some(figure) });
        }
        let size = 6.5;
        let label = sheet.faces.of(false).shown(&bar.label);
        let wide = sheet.faces.of(false).width(&label, size);
        sheet.text(Some(figure), x + (step - wide) / 2.0, base + 10.0, label, Letters::plain(size, Ink::Soft));
    }
    sheet.rule(base);
    sheet.y = base + 18.0;
    let said: Vec<String> = plot.bars.iter().map(|bar| format!("{}: {}", bar.label, bar.words)).collect();
    let node = sheet.node(0, Role::Paragraph);
    sheet.flow(node, MARGIN, WIDE, &format!("By the week that begins: {}.", said.join("; ")), Letters::plain(7.0, Ink::Soft));
    sheet.y += GAP;
}

/// The line at the foot of each page.
pub(super) fn foot(sheet: &mut Sheet<'_>, document: &Document) {
    let count = sheet.pages.len();
    for at in 0..count {
        let words = [document.title.clone(), format!("Page {} of {count}", at + 1)];
        let face = sheet.faces.of(false);
        let [left, right] = words.map(|words| face.shown(&words));
        let wide = face.width(&right, 7.5);
        let y = PAGE.1 - FOOT - 10.0;
        let mark = |x: f32, text: String| Mark { x, y, ink: Ink::Soft, shape: Shape::Text { text, size: 7.5, bold: false }, node: None };
        if let Some(page) = sheet.pages.get_mut(at) {
            page.push(mark(MARGIN, left));
            page.push(mark(PAGE.0 - MARGIN - wide, right));
        }
    }
}
