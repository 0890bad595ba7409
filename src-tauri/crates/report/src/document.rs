//! A report as data: sections of plain blocks. What it says is settled here; how it looks is the renderers' matter. Must not hold markup:
//! every text is plain.

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// A line below.
    pub subtitle: String,
    /// As of when, RFC 3339.
    pub as_of: String,
    /// What it says.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// What stands in a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph. Line breaks are kept.
    Text(String),
    /// What is to be known about something that isn't there.
    Empty(String),
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// Figures side by side.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// Points.
    List(Vec<String>),
    /// A plot.
    Plot(Plot),
}

/// How something is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// It is well.
    Good,
    /// It is not.
    Bad,
    /// There was too little to say.
    NoData,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
    /// What it stands on.
    pub note: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it lists, for readers.
    pub caption: String,
    /// Its columns, with the share of the width that each has.
    pub head: Vec<(String, u8)>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// Bars over time, with the table behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// That in a sentence, for readers.
    pub sentence: String,
    /// Its bars, in order.
    pub bars: Vec<Bar>,
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Below it.
    pub label: String,
    /// Its height; `None`: nothing was counted.
    pub value: Option<f64>,
    /// Its value in words.
    pub words: String,
}

impl Plot {
    /// The highest bar; 1 where there is none.
    #[must_use]
    pub fn top(&self) -> f64 {
        let top = self.bars.iter().filter_map(|bar| bar.value).fold(0.0, f64::max);
        if top > 0.0 { top } else { 1.0 }
    }
}
