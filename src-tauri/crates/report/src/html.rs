//! A report as one page of HTML that stands alone: no script, nothing loaded from elsewhere (its own policy forbids both), readable on
//! paper, in the dark, and by a screen reader.

use crate::document::{Block, Document, Figure, Plot, Section, Table, Tone};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const STYLE: &str = include_str!("report.css");

/// The page allows itself its own style and nothing else, wherever it is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The page.
#[must_use]
pub fn html(document: &Document) -> String {
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (document.title) }
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (document.title) }
                    p.sub { (document.subtitle) }
                }
                nav aria-label="Contents" { ul {
                    @for (at, section) in document.sections.iter().enumerate() { li { a href={ "#s" (at) } { (section.title) } } }
                } }
                main { @for (at, section) in document.sections.iter().enumerate() { (part(at, section)) } }
                footer { p { "Made by Pilothouse from its records as of " time datetime=(document.as_of) { (document.as_of) } ". Times are UTC." } }
            }
        }
    };
    page.into_string()
}

fn part(at: usize, section: &Section) -> Markup {
    markup! {
        section aria-labelledby={ "s" (at) } {
            h2 id={ "s" (at) } { (section.title) }
            @for block in &section.blocks { (shown(block)) }
        }
    }
}

fn shown(block: &Block) -> Markup {
    markup! {
        @match block {
            Block::Text(text) => p.text { (text) },
            Block::Empty(text) => p.empty { (text) },
            Block::Facts(facts) => dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } },
            Block::Figures(figures) => div.figures { @for figure in figures { (tile(figure)) } },
            Block::Table(table) => (grid(table)),
            Block::List(points) => ul { @for point in points { li.text { (point) } } },
            Block::Plot(plot) => (drawing(plot)),
        }
    }
}

fn tile(figure: &Figure) -> Markup {
    let tone = match figure.tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::NoData => "none",
    };
    markup! {
        div.figure {
            p.label { (figure.label) }
            p.value.(tone) { (figure.value) }
            p.note { (figure.note) }
        }
    }
}

fn grid(table: &Table) -> Markup {
    let total: u32 = table.head.iter().map(|(_, share)| u32::from(*share)).sum();
    markup! {
        table {
            caption { (table.caption) }
            colgroup { @for (_, share) in &table.head { col width={ (u32::from(*share) * 100 / total.max(1)) "%" }; } }
            thead { tr { @for (name, _) in &table.head { th scope="col" { (name) } } } }
            tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
        }
    }
}

fn drawing(plot: &Plot) -> Markup {
    const WIDTH: f64 = 640.0;
    const TALL: f64 = 120.0;
    let step = WIDTH / f64::from(u32::try_from(plot.bars.len().max(1)).unwrap_or(1));
    let bars = plot.bars.iter().zip(0_u32..).map(|(bar, at)| {
        let tall = bar.value.map(|value| (value / plot.top() * TALL).max(if value > 0.0 { 2.0 } else { 0.5 }));
        (bar, f64::from(at) * step, tall)
    });
    markup! {
        figure {
            figcaption { (plot.title) }
            svg viewBox="0 0 640 148" role="img" aria-label=(plot.sentence) {
                line class="axis" x1="0" y1="124" x2="640" y2="124" {}
                @for (bar, x, tall) in bars {
                    @if let Some(tall) = tall {
                        rect class="bar" x=(round(x + step * 0.15)) y=(round(124.0 - tall)) width=(round(step * 0.7)) height=(round(tall)) { title { (bar.label) ": " (bar.words) } }
                    }
                    text x=(round(x + step / 2.0)) y="140" { (bar.label) }
                }
            }
            details {
                summary { "The figures behind it" }
                table {
                    caption { (plot.title) }
                    thead { tr { th scope="col" { "Week from" } th scope="col" { "Value" } } }
                    tbody { @for bar in &plot.bars { tr { th scope="row" { (bar.label) } td { (bar.words) } } } }
                }
            }
        }
    }
}

fn round(value: f64) -> String {
    format!("{value:.1}")
}
