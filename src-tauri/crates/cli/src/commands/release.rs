//! `pilothouse release`.

use crate::commands::publishing::{self, CompareArguments, NotesArguments, PublishArguments, TagArguments};
use crate::commands::{Ran, show};
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{age, git_ref, moment, short, table_or, word};
use crate::{input, names};
use clap::{Args, Subcommand};
use pilothouse_api::{
    Api, ApiError, DraftReleaseRequest, EditReleaseRequest, IdRequest, ListReleasesRequest, PlanReleaseRequest, ProposalView,
    ProposeReleaseRequest, ReasonRequest, RehearsalView, RehearseRequest, ReleaseDetail, ReleaseView, ReviewHotfixRequest,
    SetTargetDateRequest, SourceKindWord, VerdictWord, VoteRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseCommand {
    /// What could be released from a ref: version, changes, notes
    Propose {
        /// Product: name or id
        product: String,
        #[command(flatten)]
        from: SourceArguments,
    },
    /// Draft a release from a ref
    Draft {
        /// Product: name or id
        product: String,
        #[command(flatten)]
        from: SourceArguments,
        /// Its version; without it, the one that is recommended
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Notes in Markdown; - for standard input. Without it, those that the commits propose
        #[arg(long, value_name = "FILE")]
        notes: Option<PathBuf>,
        /// It is a hotfix: why it can't wait. It goes the shorter path, and is marked for good
        #[arg(long, value_name = "REASON")]
        hotfix: Option<String>,
    },
    /// Releases, last drafted first
    List {
        /// Only of this product: name or id
        product: Option<String>,
        /// Only those that are not closed
        #[arg(long)]
        open: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// One release: what is next, what blocks it, where it runs
    Show {
        /// product@version, or id
        release: String,
    },
    /// Change its notes, or its version (which takes plan and votes away)
    Edit {
        /// product@version, or id
        release: String,
        /// Another version
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Other notes; - for standard input
        #[arg(long, value_name = "FILE")]
        notes: Option<PathBuf>,
    },
    /// Create its tag at the provider, at its commit
    Tag(TagArguments),
    /// Publish it at the provider, at its tag, with its notes
    Publish(PublishArguments),
    /// Write notes from what has changed; prints them
    Notes(NotesArguments),
    /// What it would change in each environment: what comes, what is taken away
    Compare(CompareArguments),
    /// Plan it: where it goes, and how it comes back
    Plan {
        /// product@version, or id
        release: String,
        /// An environment; may be repeated. Without any, all of the product
        #[arg(long, value_name = "NAME")]
        environment: Vec<String>,
        /// What else people should know
        #[arg(long, value_name = "TEXT", default_value = "")]
        remarks: String,
    },
    /// Rehearse its plan: each stage is judged at the time at which it would begin. Nothing is triggered
    Rehearse {
        /// product@version, or id
        release: String,
        /// From when on; without it, from now
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
    },
    /// Ask for votes
    RequestApproval {
        /// product@version, or id
        release: String,
    },
    /// Vote for it
    Approve(VoteArguments),
    /// Vote against it; say why
    Reject(VoteArguments),
    /// Record what the review after a hotfix found
    ReviewHotfix {
        /// product@version, or id
        release: String,
        /// What was found and what follows from it
        #[arg(long, value_name = "TEXT")]
        findings: String,
    },
    /// Set the day by which it is meant to be out
    TargetDate(TargetDateArguments),
    /// Close it
    Complete {
        /// product@version, or id
        release: String,
    },
    /// Give it up
    Abort(ReasonArguments),
    /// Mark it bad, so that it can't advance
    MarkBad(ReasonArguments),
    /// Take the bad mark back
    Unmark {
        /// product@version, or id
        release: String,
    },
}

/// The day by which a release is meant to be out.
#[derive(Debug, Args)]
pub(crate) struct TargetDateArguments {
    /// product@version, or id
    release: String,
    /// The day, as 2026-12-20
    #[arg(required_unless_present = "clear", conflicts_with = "clear")]
    day: Option<String>,
    /// The zone on whose calendar it is that day
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Take it off
    #[arg(long)]
    clear: bool,
}

/// A ref, of one kind.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct SourceArguments {
    /// From this tag
    #[arg(long, value_name = "NAME")]
    tag: Option<String>,
    /// From the end of this branch
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// From this commit
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
}

/// A vote.
#[derive(Debug, Args)]
pub(crate) struct VoteArguments {
    /// product@version, or id
    release: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// The hash of the content that was looked at, as `show` prints it; without it, the content as it is now
    #[arg(long, value_name = "HASH")]
    content: Option<String>,
}

/// Something done for a reason.
#[derive(Debug, Args)]
pub(crate) struct ReasonArguments {
    /// product@version, or id
    release: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl SourceArguments {
    fn decode(self) -> (SourceKindWord, String) {
        match (self.tag, self.branch, self.commit) {
            (Some(tag), _, _) => (SourceKindWord::Tag, tag),
            (_, Some(branch), _) => (SourceKindWord::Branch, branch),
            (_, _, commit) => (SourceKindWord::Commit, commit.unwrap_or_default()),
        }
    }
}

pub(crate) async fn run(command: ReleaseCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let detail = match command {
        ReleaseCommand::Propose { product, from } => {
            let proposal = propose(api, &names::product(api, &product).await?.id, from).await?;
            session.screen.show(&proposal, proposal_text);
            return Ok(Exit::Done);
        }
        ReleaseCommand::List { product, open, limit } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            let releases = api.list_releases(ListReleasesRequest { product_id, open_only: open, after: None, limit }).await?;
            session.screen.show(&releases, |views| list(views));
            return Ok(Exit::Done);
        }
        ReleaseCommand::Tag(arguments) => return publishing::tag(arguments, session).await,
        ReleaseCommand::Publish(arguments) => return publishing::publish(arguments, session).await,
        ReleaseCommand::Notes(arguments) => return publishing::notes(arguments, session).await,
        ReleaseCommand::Compare(arguments) => return publishing::compare(arguments, session).await,
        ReleaseCommand::Rehearse { release, from } => {
            let rehearsal = api.rehearse_release(RehearseRequest { id: names::release(api, &release).await?, from }).await?;
            session.screen.show(&rehearsal, rehearsed);
            return Ok(if rehearsal.refusals == 0 { Exit::Done } else { Exit::Blocked });
        }
        ReleaseCommand::Draft { product, from, version, notes, hotfix } => draft(api, &product, from, version, notes, hotfix).await?,
        ReleaseCommand::Show { release } => api.get_release(id(api, &release).await?).await?,
        ReleaseCommand::Edit { release, version, notes } => {
            let notes = notes.as_deref().map(input::text).transpose()?;
            api.edit_release(EditReleaseRequest { id: names::release(api, &release).await?, notes, version }).await?
        }
        ReleaseCommand::Plan { release, environment, remarks } => plan(api, &release, &environment, remarks).await?,
        ReleaseCommand::RequestApproval { release } => api.request_approval(id(api, &release).await?).await?,
        ReleaseCommand::Approve(vote) => cast(api, vote, VerdictWord::Approved).await?,
        ReleaseCommand::Reject(vote) => cast(api, vote, VerdictWord::Rejected).await?,
        ReleaseCommand::ReviewHotfix { release, findings } => {
            api.review_hotfix(ReviewHotfixRequest { id: names::release(api, &release).await?, findings }).await?
        }
        ReleaseCommand::Complete { release } => api.complete_release(id(api, &release).await?).await?,
        ReleaseCommand::Abort(arguments) => api.abort_release(reason(api, arguments).await?).await?,
        ReleaseCommand::MarkBad(arguments) => api.mark_release_bad(reason(api, arguments).await?).await?,
        ReleaseCommand::TargetDate(TargetDateArguments { release, day, time_zone, clear }) => {
            let request = SetTargetDateRequest { id: names::release(api, &release).await?, day: day.filter(|_| !clear), time_zone };
            api.set_target_date(request).await?
        }
        ReleaseCommand::Unmark { release } => api.unmark_release(id(api, &release).await?).await?,
    };
    session.screen.show(&detail, show::release);
    Ok(Exit::Done)
}

async fn id(api: &Api, release: &str) -> Result<IdRequest, ApiError> {
    Ok(IdRequest { id: names::release(api, release).await? })
}

async fn reason(api: &Api, arguments: ReasonArguments) -> Result<ReasonRequest, ApiError> {
    Ok(ReasonRequest { id: names::release(api, &arguments.release).await?, reason: arguments.reason })
}

async fn propose(api: &Api, product_id: &str, from: SourceArguments) -> Result<ProposalView, ApiError> {
    let (kind, name) = from.decode();
    api.propose_release(ProposeReleaseRequest { product_id: product_id.to_owned(), kind, name }).await
}

async fn draft(
    api: &Api,
    product: &str,
    from: SourceArguments,
    version: Option<String>,
    notes: Option<PathBuf>,
    hotfix: Option<String>,
) -> Result<ReleaseDetail, ApiError> {
    let product_id = names::product(api, product).await?.id;
    let notes = notes.as_deref().map(input::text).transpose()?;
    let (kind, name) = from.decode();
    let version = match version {
        Some(version) => version,
        None => {
            let request = ProposeReleaseRequest { product_id: product_id.clone(), kind, name: name.clone() };
            let proposal = api.propose_release(request).await?;
            let recommended = proposal.versions.into_iter().find(|v| v.recommended);
            recommended
                .map(|v| v.version)
                .ok_or_else(|| ApiError::invalid("version", "no version can be recommended", "Give it with --version."))?
        }
    };
    api.draft_release(DraftReleaseRequest { product_id, version, kind, name, notes, hotfix }).await
}

async fn plan(api: &Api, release: &str, environments: &[String], remarks: String) -> Result<ReleaseDetail, ApiError> {
    let id = names::release(api, release).await?;
    let mut environment_ids = Vec::new();
    if !environments.is_empty() {
        let product_id = api.get_release(IdRequest { id: id.clone() }).await?.release.product_id;
        let product = names::product(api, &product_id).await?;
        for name in environments {
            environment_ids.push(names::environment(&product, name)?.id);
        }
    }
    api.plan_release(PlanReleaseRequest { id, environment_ids, remarks }).await
}

async fn cast(api: &Api, vote: VoteArguments, verdict: VerdictWord) -> Result<ReleaseDetail, ApiError> {
    let id = names::release(api, &vote.release).await?;
    let content_hash = match vote.content {
        Some(hash) => hash,
        None => api.get_release(IdRequest { id: id.clone() }).await?.content_hash,
    };
    api.vote(VoteRequest { id, verdict, comment: vote.comment, content_hash }).await
}

fn proposal_text(proposal: &ProposalView) -> String {
    let since = proposal.changes_since.as_ref().map(|s| format!(" since {}", git_ref(s))).unwrap_or_default();
    let commits = if proposal.ahead == 1 { "1 commit".to_owned() } else { format!("{} commits", proposal.ahead) };
    let mut text =
        format!("{} {} ({}): {commits}{since}\n\n", word(proposal.source.kind), proposal.source.name, short(&proposal.source.commit));
    let rows = proposal.versions.iter().map(|v| {
        let note = match (v.recommended, v.taken) {
            (_, true) => "taken already",
            (true, false) => "recommended",
            (false, false) => "",
        };
        vec![v.version.clone(), word(v.kind), v.reason.clone(), note.to_owned()]
    });
    text.push_str(&table_or(&["VERSION", "KIND", "WHY", ""], rows.collect(), "No version can be proposed."));
    text.push_str(&format!("\n{}", proposal.notes));
    text
}

fn list(views: &[ReleaseView]) -> String {
    let rows = views.iter().map(|v| {
        vec![
            format!("{}@{}", v.product, v.version),
            [Some(word(v.state)), v.hotfix.as_ref().map(|_| "hotfix".to_owned()), v.marked_bad.as_ref().map(|_| "marked bad".to_owned())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
            v.runs_in.join(", "),
            age(&v.drafted_at),
            v.drafted_by.clone(),
            show::helm(&v.helm),
        ]
    });
    table_or(&["RELEASE", "STATE", "RUNS IN", "AGE", "DRAFTED BY", ""], rows.collect(), "No releases.")
}

fn rehearsed(rehearsal: &RehearsalView) -> String {
    let mut text = String::new();
    for stage in &rehearsal.stages {
        if stage.is_done {
            text.push_str(&format!("{}: it is there and well already\n", stage.environment));
            continue;
        }
        let set = if stage.is_scheduled { ", as it is scheduled" } else { "" };
        text.push_str(&format!("{}: begins {}{set}, well by {}\n", stage.environment, moment(&stage.begins), moment(&stage.ends)));
        text.push_str(&show::blockers(&stage.blockers));
        for pipeline in &stage.pipelines {
            let verdict =
                if pipeline.faults.is_empty() { "is there and takes what it is handed".to_owned() } else { pipeline.faults.join(" ") };
            text.push_str(&format!("  {} ({}): {verdict}\n", pipeline.pipeline, pipeline.purpose));
        }
        for caution in &stage.cautions {
            text.push_str(&format!("  Mind: {caution}.\n"));
        }
        match &stage.back_to {
            Some(version) => text.push_str(&format!("  Back to {version} if it fails\n")),
            None => text.push_str("  No way back: no other version was verified there\n"),
        }
    }
    text.push_str(&match rehearsal.refusals {
        0 => "Nothing would be refused.\n".to_owned(),
        1 => "1 thing would be refused.\n".to_owned(),
        more => format!("{more} things would be refused.\n"),
    });
    text
}
