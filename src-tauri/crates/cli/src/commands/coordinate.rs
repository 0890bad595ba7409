//! `pilothouse coordinate`: releases of several products that go out as one, and come back together.

use crate::commands::coordinate_wait::{say_who_carries, until_settled};
use crate::commands::{Ran, show};
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{table_or, word};
use clap::{Args, Subcommand};
use pilothouse_api::{
    AnswerCoordinatedRunRequest, ApiError, BackChoiceDto, BackVerdictWord, CoordinatedCellView, CoordinatedMemberDto,
    CoordinatedOutlookRequest, CoordinatedReleaseDetail, CoordinatedReleaseView, CoordinatedRunView, CreateCoordinatedReleaseRequest,
    ErrorCode, IdRequest, JointRollbackRequest, LeftOutDto, ListCoordinatedReleasesRequest, MemberAnswerWord, MemberOutlookView,
    MemberWayBackView, PutCoordinatedMemberRequest, RemoveCoordinatedMemberRequest, RenameCoordinatedReleaseRequest,
    StartCoordinatedRunRequest, WithdrawRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum CoordinateCommand {
    /// The coordinated releases
    List {
        /// The closed ones, too
        #[arg(long)]
        all: bool,
    },
    /// A coordinated release with its members in every environment
    Show {
        /// Coordinated release: name or id
        coordinated: String,
    },
    /// Make a coordinated release
    Create {
        /// Its name
        name: String,
        /// A release that goes along, RELEASE or RELEASE=STAGE; may be given often
        #[arg(long, value_name = "MEMBER")]
        member: Vec<String>,
    },
    /// Give a coordinated release another name
    Rename {
        /// Coordinated release: name or id
        coordinated: String,
        /// The name
        name: String,
    },
    /// Take a release in, or give a member another stage
    Add {
        /// Coordinated release: name or id
        coordinated: String,
        /// Release: product@version, version or id
        release: String,
        /// Its turn, from 1: members of a stage go side by side, once all earlier stages have arrived
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        stage: u16,
    },
    /// Take a release out
    Remove {
        /// Coordinated release: name or id
        coordinated: String,
        /// Release: product@version, version or id
        release: String,
    },
    /// See what stands in the way of which member; ends with 3 where something does
    Preview {
        /// Coordinated release: name or id
        coordinated: String,
        /// The environment's name
        environment: String,
    },
    /// Set it on its way to an environment, stage by stage
    Start {
        /// Coordinated release: name or id
        coordinated: String,
        /// The environment's name
        environment: String,
        /// Who stays behind and why, RELEASE=REASON; may be given often
        #[arg(long, value_name = "MEMBER")]
        without: Vec<String>,
        /// Stay until it is settled or asks a person. Runs the engine itself where nobody else does
        #[arg(long)]
        wait: bool,
    },
    /// Say what becomes of a member that waits for a person
    Answer {
        #[command(flatten)]
        way: Way,
        /// Release: product@version, version or id
        release: String,
        #[command(flatten)]
        answer: MemberAnswer,
        /// Stay until it is settled or asks a person. Runs the engine itself where nobody else does
        #[arg(long)]
        wait: bool,
    },
    /// See what a joint rollback would do to which member; ends with 3 where one can't go back
    PreviewRollback {
        #[command(flatten)]
        way: Way,
    },
    /// Take back together what was deployed, the last stage first
    RollBack {
        #[command(flatten)]
        way: Way,
        /// Why; becomes the reason of the locks
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where a member goes, RELEASE=VERSION; without it, the last verified one. May be given often
        #[arg(long, value_name = "MEMBER")]
        to: Vec<String>,
        /// Who does not go back and why, RELEASE=REASON; may be given often
        #[arg(long, value_name = "MEMBER")]
        stays: Vec<String>,
        /// Start the deploy pipelines, also where the provider's own way back is set
        #[arg(long)]
        redeploy: bool,
        /// Stay until it is settled or asks a person. Runs the engine itself where nobody else does
        #[arg(long)]
        wait: bool,
    },
    /// Let nothing further start; what is deployed stays
    Cancel {
        #[command(flatten)]
        way: Way,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Close it: its members may join another
    Close {
        /// Coordinated release: name or id
        coordinated: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Way {
    /// Coordinated release: name or id
    coordinated: String,
    /// The environment's name
    environment: String,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct MemberAnswer {
    /// The others go on without it, for this reason
    #[arg(long, value_name = "REASON")]
    go_on_without: Option<String>,
    /// It is tried again, forward or back
    #[arg(long)]
    try_again: bool,
    /// Its way back is tried again with the deploy pipeline
    #[arg(long)]
    redeploy: bool,
    /// It does not go back, for this reason
    #[arg(long, value_name = "REASON")]
    stays: Option<String>,
}

pub(crate) async fn run(command: CoordinateCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let screen = &session.screen;
    match command {
        CoordinateCommand::List { all } => {
            screen.show(&api.list_coordinated_releases(ListCoordinatedReleasesRequest { include_closed: all }).await?, |found| list(found));
        }
        CoordinateCommand::Show { coordinated } => screen.show(&named(session, &coordinated).await?, detail),
        CoordinateCommand::Create { name, member } => {
            let mut members = Vec::new();
            for member in &member {
                let (release, stage) = member.rsplit_once('=').unwrap_or((member, "1"));
                members.push(CoordinatedMemberDto { release_id: names::release(api, release).await?, stage: number(stage)? });
            }
            screen.show(&api.create_coordinated_release(CreateCoordinatedReleaseRequest { name, members }).await?, detail);
        }
        CoordinateCommand::Rename { coordinated, name } => {
            let id = named(session, &coordinated).await?.release.id;
            screen.show(&api.rename_coordinated_release(RenameCoordinatedReleaseRequest { id, name }).await?, detail);
        }
        CoordinateCommand::Add { coordinated, release, stage } => {
            let id = named(session, &coordinated).await?.release.id;
            let member = CoordinatedMemberDto { release_id: names::release(api, &release).await?, stage };
            screen.show(&api.put_coordinated_member(PutCoordinatedMemberRequest { id, member }).await?, detail);
        }
        CoordinateCommand::Remove { coordinated, release } => {
            let id = named(session, &coordinated).await?.release.id;
            let release_id = names::release(api, &release).await?;
            screen.show(&api.remove_coordinated_member(RemoveCoordinatedMemberRequest { id, release_id }).await?, detail);
        }
        CoordinateCommand::Preview { coordinated, environment } => {
            let id = named(session, &coordinated).await?.release.id;
            let found = api.preview_coordinated_run(CoordinatedOutlookRequest { id, environment }).await?;
            screen.show(&found, |found| outlook(found));
            return Ok(if found.iter().any(|member| !member.cell.blockers.is_empty()) { Exit::Blocked } else { Exit::Done });
        }
        CoordinateCommand::Start { coordinated, environment, without, wait } => {
            let id = named(session, &coordinated).await?.release.id;
            let mut left_out = Vec::new();
            for (release_id, reason) in pairs(session, &without).await? {
                left_out.push(LeftOutDto { release_id, reason });
            }
            let before = api.last_change().await?;
            let run = api.start_coordinated_run(StartCoordinatedRunRequest { id, environment, left_out }).await?;
            return on_its_way(session, run, wait, before).await;
        }
        CoordinateCommand::Answer { way, release, answer, wait } => {
            let run = run_of(session, &way).await?;
            let release_id = names::release(api, &release).await?;
            let before = api.last_change().await?;
            let run = api.answer_coordinated_run(answered(&run, release_id, answer)?).await?;
            return on_its_way(session, run, wait, before).await;
        }
        CoordinateCommand::PreviewRollback { way } => {
            let run = run_of(session, &way).await?;
            let found = api.preview_joint_rollback(IdRequest { id: run.id }).await?;
            screen.show(&found, |found| ways_back(found));
            return Ok(if found.iter().any(|member| member.verdict == BackVerdictWord::Closed) { Exit::Blocked } else { Exit::Done });
        }
        CoordinateCommand::RollBack { way, reason, to, stays, redeploy, wait } => {
            let run = run_of(session, &way).await?;
            let members = choices(session, &run, (&to, &stays), redeploy).await?;
            let before = api.last_change().await?;
            let run = api.start_joint_rollback(JointRollbackRequest { run_id: run.id, reason, members }).await?;
            return on_its_way(session, run, wait, before).await;
        }
        CoordinateCommand::Cancel { way, reason } => {
            let id = run_of(session, &way).await?.id;
            screen.show(&api.cancel_coordinated_run(WithdrawRequest { id, reason }).await?, shown_run);
        }
        CoordinateCommand::Close { coordinated, reason } => {
            let id = named(session, &coordinated).await?.release.id;
            screen.show(&api.close_coordinated_release(WithdrawRequest { id, reason }).await?, detail);
        }
    }
    Ok(Exit::Done)
}

/// Shows what was written, or stays with it.
async fn on_its_way(session: &Session<'_>, run: CoordinatedRunView, wait: bool, after: u32) -> Ran {
    if wait {
        return until_settled(session, run, after).await;
    }
    session.screen.show(&run, shown_run);
    say_who_carries(session);
    Ok(Exit::Done)
}

/// What becomes of each member that is deployed: where it goes, or why it stays.
async fn choices(
    session: &Session<'_>,
    run: &CoordinatedRunView,
    (to, stays): (&[String], &[String]),
    redeploy: bool,
) -> Result<Vec<BackChoiceDto>, ApiError> {
    let (to, stays) = (pairs(session, to).await?, pairs(session, stays).await?);
    let mut members = Vec::new();
    for member in session.api().preview_joint_rollback(IdRequest { id: run.id.clone() }).await? {
        let wanted = to.iter().find(|(release, _)| *release == member.release_id).map(|(_, version)| version);
        let to_release_id = match wanted {
            None => None,
            Some(version) => Some(names::choose("version", version, member.targets, |t| (&t.release_id, &t.version))?.release_id),
        };
        let stays = stays.iter().find(|(release, _)| *release == member.release_id).map(|(_, reason)| reason.clone());
        members.push(BackChoiceDto { release_id: member.release_id, to_release_id, redeploy, stays });
    }
    Ok(members)
}

fn answered(run: &CoordinatedRunView, release_id: String, answer: MemberAnswer) -> Result<AnswerCoordinatedRunRequest, ApiError> {
    let member = run.members.iter().find(|member| member.cell.release_id == release_id).ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, "that release is no part of it", "See `pilothouse coordinate show` for its members.")
    })?;
    let goes_back = member.answers.contains(&MemberAnswerWord::TryBackAgain);
    let (word, reason) = match (answer.go_on_without, answer.stays) {
        (Some(reason), _) => (MemberAnswerWord::GoOnWithout, reason),
        (_, Some(reason)) => (MemberAnswerWord::Stays, reason),
        _ if goes_back || answer.redeploy => (MemberAnswerWord::TryBackAgain, String::new()),
        _ => (MemberAnswerWord::TryAgain, String::new()),
    };
    Ok(AnswerCoordinatedRunRequest {
        run_id: run.id.clone(),
        release_id,
        answer: word,
        reason,
        to_release_id: None,
        redeploy: answer.redeploy,
    })
}

async fn named(session: &Session<'_>, text: &str) -> Result<CoordinatedReleaseDetail, ApiError> {
    let all = session.api().list_coordinated_releases(ListCoordinatedReleasesRequest { include_closed: true }).await?;
    // A name may have been used before: the open one is meant.
    let open: Vec<CoordinatedReleaseView> = all.iter().filter(|one| one.is_open).cloned().collect();
    let of = |one: &CoordinatedReleaseView| one.id == text.trim() || one.name.eq_ignore_ascii_case(text.trim());
    let among = if open.iter().any(of) { open } else { all };
    let id = names::choose("coordinated release", text, among, |one| (&one.id, &one.name)).map_err(|error| match error.code {
        ErrorCode::NotFound => ApiError::new(error.code, error.message, "See `pilothouse coordinate list --all` for what there is."),
        _ => error,
    });
    session.api().get_coordinated_release(IdRequest { id: id?.id }).await
}

/// The last way to an environment.
async fn run_of(session: &Session<'_>, way: &Way) -> Result<CoordinatedRunView, ApiError> {
    let detail = named(session, &way.coordinated).await?;
    let wanted = way.environment.trim().to_lowercase();
    detail.runs.into_iter().find(|run| run.environment.to_lowercase() == wanted).ok_or_else(|| {
        let message = format!("“{}” never went to {}", detail.release.name, way.environment.trim());
        ApiError::new(ErrorCode::NotFound, message, "Set it on its way with `pilothouse coordinate start`.")
    })
}

/// Releases with what is said of each, `RELEASE=TEXT`.
async fn pairs(session: &Session<'_>, given: &[String]) -> Result<Vec<(String, String)>, ApiError> {
    let mut found = Vec::new();
    for pair in given {
        let (release, text) = pair.split_once('=').ok_or_else(|| {
            ApiError::invalid("member", format!("`{pair}` says nothing of the release"), "Write checkout@1.4.0=not yet tested.")
        })?;
        found.push((names::release(session.api(), release).await?, text.to_owned()));
    }
    Ok(found)
}

fn number(text: &str) -> Result<u16, ApiError> {
    text.parse().map_err(|_| ApiError::invalid("member", format!("`{text}` is no stage"), "Write checkout@1.4.0=2 for the second stage."))
}

fn list(found: &[CoordinatedReleaseView]) -> String {
    let row = |one: &CoordinatedReleaseView| {
        let members: Vec<String> = one.members.iter().map(|member| format!("{} {}", member.product, member.version)).collect();
        vec![one.name.clone(), members.join(", "), one.standing.clone()]
    };
    table_or(&["NAME", "MEMBERS", "STANDING"], found.iter().map(row).collect(), "No coordinated releases.")
}

fn cell_text(cell: &CoordinatedCellView) -> String {
    let state = word(cell.state);
    if cell.told.is_empty() { state } else { format!("{state}: {}", cell.told) }
}

fn detail(detail: &CoordinatedReleaseDetail) -> String {
    let mut text = list(std::slice::from_ref(&detail.release));
    let mut rows = Vec::new();
    for (at, member) in detail.release.members.iter().enumerate() {
        for environment in &detail.environments {
            let cell = environment.cells.get(at).map(cell_text).unwrap_or_default();
            rows.push(vec![member.stage.to_string(), format!("{} {}", member.product, member.version), environment.name.clone(), cell]);
        }
    }
    text.push('\n');
    text.push_str(&table_or(&["STAGE", "MEMBER", "ENVIRONMENT", "STATE"], rows, "Nothing goes along yet."));
    let next = [detail.next.title.as_str(), detail.next.detail.as_str()].into_iter().filter(|part| !part.is_empty());
    let next: Vec<&str> = next.collect();
    if !next.is_empty() {
        text.push_str(&format!("\nNext: {}\n", next.join(". ")));
    }
    text
}

pub(super) fn shown_run(run: &CoordinatedRunView) -> String {
    let row = |member: &pilothouse_api::CoordinatedRunMemberView| {
        vec![member.stage.to_string(), format!("{} {}", member.product, member.version), cell_text(&member.cell)]
    };
    let rows = run.members.iter().map(row).collect();
    format!("{}\n{}", run.told, table_or(&["STAGE", "MEMBER", "STATE"], rows, ""))
}

fn outlook(found: &[MemberOutlookView]) -> String {
    let mut text = String::new();
    for member in found {
        text.push_str(&format!("{} {}: {}\n", member.product, member.version, word(member.cell.state)));
        for caution in &member.cautions {
            text.push_str(&format!("  {caution}.\n"));
        }
        if !member.cell.blockers.is_empty() {
            text.push_str(&show::blockers(&member.cell.blockers));
        }
    }
    text
}

fn ways_back(found: &[MemberWayBackView]) -> String {
    let row = |member: &MemberWayBackView| {
        let to = member.targets.iter().find(|target| target.blockers.is_empty()).map(|target| target.version.clone());
        let verdict = match member.verdict {
            BackVerdictWord::Open => format!("goes back to {}", to.unwrap_or_default()),
            BackVerdictWord::Closed => format!("can’t go back: {}", member.why),
            BackVerdictWord::Nothing => format!("nothing to take back: {}", member.why),
        };
        vec![member.stage.to_string(), format!("{} {}", member.product, member.version), verdict]
    };
    table_or(&["STAGE", "MEMBER", "VERDICT"], found.iter().map(row).collect(), "Nothing of it is deployed there.")
}
