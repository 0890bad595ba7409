//! Holding a pipeline or a stage at the provider, so that nothing passes until it is released.

/// What can be held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HoldTarget {
    /// A pipeline: nobody can start it.
    Pipeline {
        /// As in [`PipelineSummary::pipeline`](super::PipelineSummary).
        pipeline: String,
    },
    /// The way into a stage of a pipeline: runs wait before it.
    Stage {
        /// The pipeline.
        pipeline: String,
        /// The stage.
        stage: String,
    },
    /// A period in which jobs are told that there is a freeze.
    Freeze,
}

/// Something that can be held, and whether it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What.
    pub target: HoldTarget,
    /// What it is called.
    pub title: String,
    /// Whether it is held now.
    pub is_held: bool,
    /// Why and by whom, where the provider keeps it.
    pub reason: Option<String>,
    /// What holding really stops, and what not: "New runs can't be started. Runs under way go on."
    pub stops: &'static str,
}
