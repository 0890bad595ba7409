//! The report of a release as it is looked at before it is saved: the same blocks of plain text that the page and the PDF are made of, for
//! the window to show in its own look. No markup passes here.

use crate::decode::id;
use crate::error::ApiError;
use crate::record::away;
use crate::{Api, IdRequest, NamedValue};
use pilothouse_domain::ReleaseId;
use pilothouse_report::{Block, Document, Figure, Plot, Section, Tone, release_report};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A report to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportPreviewView {
    /// Its title.
    pub title: String,
    /// A line below.
    pub subtitle: String,
    /// As of when.
    pub as_of: String,
    /// What it says, in order.
    pub sections: Vec<ReportSectionView>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportSectionView {
    /// Its heading.
    pub title: String,
    /// What it says, in order.
    pub blocks: Vec<ReportBlockView>,
}

/// What stands in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReportBlockView {
    /// A paragraph. Line breaks are kept.
    Text {
        /// It.
        text: String,
    },
    /// What is to be known about something that isn't there.
    Empty {
        /// It.
        text: String,
    },
    /// Names and values.
    Facts {
        /// They.
        facts: Vec<NamedValue>,
    },
    /// Figures side by side.
    Figures {
        /// They.
        figures: Vec<ReportFigureView>,
    },
    /// A table.
    Table {
        /// What it lists.
        caption: String,
        /// Its columns.
        head: Vec<String>,
        /// Its rows, each with as many cells.
        rows: Vec<Vec<String>>,
    },
    /// Points.
    List {
        /// They.
        points: Vec<String>,
    },
    /// Bars over time.
    Plot {
        /// What they show.
        title: String,
        /// That in a sentence.
        sentence: String,
        /// They, in order.
        bars: Vec<ReportBarView>,
    },
}

/// A figure of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportFigureView {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
    /// What it stands on.
    pub note: String,
    /// How it is to be taken.
    pub tone: ReportToneWord,
}

/// How a figure is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReportToneWord {
    /// As it is.
    Plain,
    /// It is well.
    Good,
    /// It is not.
    Bad,
    /// There was too little to say.
    NoData,
}

/// A bar of a plot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReportBarView {
    /// Below it.
    pub label: String,
    /// Thousandths of the highest one's height; none where nothing was counted.
    pub height: Option<u16>,
    /// Its value in words.
    pub words: String,
}

impl Api {
    /// The report of a release, to be looked at. Nothing is handed out, and nothing noted.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_report(&self, request: IdRequest) -> Result<ReportPreviewView, ApiError> {
        let record = self.engine.release_record(id::<ReleaseId>("id", &request.id)?).await?;
        away(move || Ok(release_report(&record).into())).await
    }
}

impl From<Document> for ReportPreviewView {
    fn from(document: Document) -> Self {
        let Document { title, subtitle, as_of, sections } = document;
        let sections = sections
            .into_iter()
            .map(|Section { title, blocks }| ReportSectionView { title, blocks: blocks.into_iter().map(ReportBlockView::from).collect() });
        Self { title, subtitle, as_of, sections: sections.collect() }
    }
}

impl From<Block> for ReportBlockView {
    fn from(block: Block) -> Self {
        match block {
            Block::Text(text) => Self::Text { text },
            Block::Empty(text) => Self::Empty { text },
            Block::Facts(facts) => Self::Facts { facts: facts.into_iter().map(|(name, value)| NamedValue { name, value }).collect() },
            Block::Figures(figures) => Self::Figures { figures: figures.into_iter().map(ReportFigureView::from).collect() },
            Block::Table(table) => {
                Self::Table { caption: table.caption, head: table.head.into_iter().map(|(name, _)| name).collect(), rows: table.rows }
            }
            Block::List(points) => Self::List { points },
            Block::Plot(plot) => Self::Plot { bars: bars(&plot), title: plot.title, sentence: plot.sentence },
        }
    }
}

impl From<Figure> for ReportFigureView {
    fn from(figure: Figure) -> Self {
        let Figure { label, value, note, tone } = figure;
        let tone = match tone {
            Tone::Plain => ReportToneWord::Plain,
            Tone::Good => ReportToneWord::Good,
            Tone::Bad => ReportToneWord::Bad,
            Tone::NoData => ReportToneWord::NoData,
        };
        Self { label, value, note, tone }
    }
}

fn bars(plot: &Plot) -> Vec<ReportBarView> {
    let top = plot.top();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1000")]
    let height = |value: f64| (value / top * 1_000.0).round().clamp(0.0, 1_000.0) as u16;
    let bar =
        |bar: &pilothouse_report::Bar| ReportBarView { label: bar.label.clone(), height: bar.value.map(height), words: bar.words.clone() };
    plot.bars.iter().map(bar).collect()
}
