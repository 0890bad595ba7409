//! What is shown of coordinated releases: members by environments, and one next thing to do.

use crate::Api;
use crate::blockers::{BlockerView, shown_blockers};
use crate::decode::shown;
use crate::error::ApiError;
use pilothouse_domain::coordinated_release::{
    CoordinatedRelease, CoordinatedRun, CoordinatedRunState, HeldMember, MemberBack, RunMember, RunMemberState, same_environment,
};
use pilothouse_engine::usecases::{BackVerdict, MemberOutlook, MemberWayBack};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A coordinated release as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedReleaseView {
    /// Its id.
    pub id: String,
    /// Counts the writes.
    pub revision: u32,
    /// Its name.
    pub name: String,
    /// Who goes along, by stage.
    pub members: Vec<CoordinatedMemberView>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: String,
    /// False once it is closed.
    pub is_open: bool,
    /// Why it was closed; empty while it is open.
    pub closed_because: String,
    /// How it stands, in a few words: `On its way to staging`.
    pub standing: String,
    /// True where it waits for a person.
    pub asks: bool,
}

/// A release that goes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedMemberView {
    /// The product's id.
    pub product_id: String,
    /// Its name.
    pub product: String,
    /// The release's id.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// The release's state, as people read it.
    pub release_state: String,
    /// Its turn, from 1.
    pub stage: u16,
}

/// A coordinated release with everything that its screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedReleaseDetail {
    /// What a list shows of it.
    pub release: CoordinatedReleaseView,
    /// The environments that its products have, by name, in promotion order.
    pub environments: Vec<CoordinatedEnvironmentView>,
    /// What is to be done next.
    pub next: CoordinatedNextView,
    /// Its ways, last started first.
    pub runs: Vec<CoordinatedRunView>,
}

/// An environment as seen from a coordinated release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedEnvironmentView {
    /// Its name.
    pub name: String,
    /// The last way there.
    pub run: Option<CoordinatedRunView>,
    /// The members, in their order.
    pub cells: Vec<CoordinatedCellView>,
    /// True where it may be set on its way there: nothing of it is on its way, and something would go.
    pub can_start: bool,
}

/// A member in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedCellView {
    /// The release's id.
    pub release_id: String,
    /// The product's environment; none where it has none of that name.
    pub environment_id: Option<String>,
    /// Where it is.
    pub state: CoordinatedCellWord,
    /// More about that, in a sentence; may be empty.
    pub told: String,
    /// What policy refuses.
    pub blockers: Vec<BlockerView>,
    /// The deployment, or rollback, that is told of.
    pub deployment_id: Option<String>,
}

/// Where a member is in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CoordinatedCellWord {
    /// Its product has no such environment.
    Skipped,
    /// Nothing stands in its way.
    Ready,
    /// Policy refuses it.
    Blocked,
    /// It is there.
    There,
    /// Its turn has not come.
    Waiting,
    /// Its deployment is under way.
    UnderWay,
    /// It waits for a person.
    Asks,
    /// It was left out.
    LeftOut,
    /// Its turn to go back has not come.
    WaitsToGoBack,
    /// Its rollback is under way.
    GoingBack,
    /// The version before is back.
    WentBack,
    /// It did not go back with the others, by somebody's word.
    Stays,
}

/// What is to be done next about a coordinated release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedNextView {
    /// What.
    pub action: CoordinatedNextWord,
    /// Where; empty where it is about none.
    pub environment: String,
    /// The button's words.
    pub title: String,
    /// What one should know.
    pub detail: String,
}

/// Next things to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CoordinatedNextWord {
    /// Take releases in.
    AddMembers,
    /// Say what becomes of a member.
    Answer,
    /// Wait.
    Wait,
    /// Set it on its way.
    Start,
    /// See what stands in its way.
    SeeBlockers,
    /// Close it.
    Close,
    /// Nothing any more.
    None,
}

/// A coordinated release on its way to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedRunView {
    /// Its id.
    pub id: String,
    /// The coordinated release's id.
    pub coordinated_release_id: String,
    /// Its name.
    pub name: String,
    /// The environment's name.
    pub environment: String,
    /// Where it is.
    pub state: CoordinatedRunWord,
    /// That in a sentence.
    pub told: String,
    /// True where a person is asked.
    pub asks: bool,
    /// In whose name it goes.
    pub started_by: String,
    /// When it was started.
    pub started_at: String,
    /// When it was settled.
    pub settled_at: Option<String>,
    /// Its members, by stage.
    pub members: Vec<CoordinatedRunMemberView>,
    /// True where nothing further may be let start.
    pub can_cancel: bool,
    /// True where something of it may go back.
    pub can_roll_back: bool,
}

/// Where a way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CoordinatedRunWord {
    /// Its members go.
    UnderWay,
    /// They go back.
    RollingBack,
    /// They have arrived.
    Done,
    /// They are back.
    RolledBack,
    /// Nothing further starts.
    Cancelled,
}

/// A member on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CoordinatedRunMemberView {
    /// The product's name.
    pub product: String,
    /// Its version.
    pub version: String,
    /// Its turn.
    pub stage: u16,
    /// Where it is.
    pub cell: CoordinatedCellView,
    /// What may be said about it; empty where it waits for nobody.
    pub answers: Vec<super::MemberAnswerWord>,
}

/// How a member stands before its coordinated release goes to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MemberOutlookView {
    /// The product's name.
    pub product: String,
    /// The version.
    pub version: String,
    /// Its turn.
    pub stage: u16,
    /// How it stands there.
    pub cell: CoordinatedCellView,
    /// What a person is warned of who deploys it there.
    pub cautions: Vec<String>,
}

/// What a joint rollback would do to a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MemberWayBackView {
    /// The member's release.
    pub release_id: String,
    /// The product's name.
    pub product: String,
    /// The version that it goes back from.
    pub version: String,
    /// Its turn: the highest goes back first.
    pub stage: u16,
    /// Whether it can go back.
    pub verdict: BackVerdictWord,
    /// Why not, where it can't or needn't; empty where it can.
    pub why: String,
    /// Where it could go, the last verified version first.
    pub targets: Vec<WayBackTargetView>,
}

/// Whether a member can go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BackVerdictWord {
    /// It can.
    Open,
    /// It can't: a person says why it stays.
    Closed,
    /// There is nothing to take back.
    Nothing,
}

/// A version that a member could go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct WayBackTargetView {
    /// The release's id.
    pub release_id: String,
    /// Its version.
    pub version: String,
    /// Why it can't be gone back to; empty where it can.
    pub blockers: Vec<BlockerView>,
}

impl Api {
    pub(super) async fn coordinated_view(
        &self,
        coordinated: &CoordinatedRelease,
        open: &[&CoordinatedRun],
    ) -> Result<CoordinatedReleaseView, ApiError> {
        let mut members = Vec::new();
        for member in &coordinated.members {
            let release = self.store().release(member.release_id).await?;
            members.push(CoordinatedMemberView {
                product_id: member.product_id.to_string(),
                product: self.store().product(member.product_id).await?.name,
                release_id: member.release_id.to_string(),
                version: release.version.to_string(),
                release_state: release.state.label().to_owned(),
                stage: member.stage,
            });
        }
        let asking = open.iter().find(|run| run.asks());
        let standing = match (asking, open.first(), &coordinated.closed) {
            (_, _, Some(_)) => "Closed".to_owned(),
            (Some(run), _, None) => format!("Waits for a person in {}", run.environment),
            (None, Some(run), None) if run.state == CoordinatedRunState::RollingBack => format!("Going back in {}", run.environment),
            (None, Some(run), None) => format!("On its way to {}", run.environment),
            (None, None, None) if members.is_empty() => "Nothing goes along yet".to_owned(),
            (None, None, None) => String::new(),
        };
        Ok(CoordinatedReleaseView {
            id: coordinated.id.to_string(),
            revision: coordinated.revision,
            name: coordinated.name.clone(),
            members,
            created_by: coordinated.created_by.to_string(),
            created_at: shown(coordinated.created_at),
            is_open: coordinated.is_open(),
            closed_because: coordinated.closed.as_ref().map(|closed| closed.reason.clone()).unwrap_or_default(),
            standing,
            asks: asking.is_some(),
        })
    }
}

impl CoordinatedReleaseDetail {
    pub(super) fn new(
        release: CoordinatedReleaseView,
        coordinated: &CoordinatedRelease,
        outlooks: &[(String, Vec<MemberOutlook>)],
        runs: &[CoordinatedRun],
    ) -> Self {
        let environments: Vec<_> =
            outlooks.iter().map(|(name, members)| environment_view(name, members, runs, coordinated.is_open())).collect();
        let next = next(&release, &environments);
        Self { release, environments, next, runs: runs.iter().map(Into::into).collect() }
    }
}

fn environment_view(name: &str, members: &[MemberOutlook], runs: &[CoordinatedRun], is_open: bool) -> CoordinatedEnvironmentView {
    let run = runs.iter().find(|run| same_environment(&run.environment, name));
    let cell = |outlook: &MemberOutlook| {
        let on_its_way = run.and_then(|run| run.member(outlook.member.release_id).map(|member| (run, member)));
        match on_its_way {
            Some((run, member)) if run.is_open() => run_cell(run, member),
            // What went back did not go unseen, as long as nothing new came of it.
            Some((run, member)) if member.back.is_some() && !outlook.is_there => run_cell(run, member),
            _ => outlook_cell(outlook),
        }
    };
    let would_go = members.iter().any(|member| member.environment.is_some() && !member.is_there);
    CoordinatedEnvironmentView {
        name: name.to_owned(),
        run: run.map(Into::into),
        cells: members.iter().map(cell).collect(),
        can_start: is_open && would_go && !run.is_some_and(CoordinatedRun::is_open),
    }
}

fn outlook_cell(outlook: &MemberOutlook) -> CoordinatedCellView {
    let (state, told) = match &outlook.environment {
        None => (CoordinatedCellWord::Skipped, format!("{} has no such environment", outlook.product)),
        Some(_) if outlook.is_there => (CoordinatedCellWord::There, String::new()),
        Some(_) if outlook.blockers.is_empty() => (CoordinatedCellWord::Ready, String::new()),
        Some(_) => (CoordinatedCellWord::Blocked, outlook.blockers.first().map(|blocker| blocker.title.clone()).unwrap_or_default()),
    };
    CoordinatedCellView {
        release_id: outlook.member.release_id.to_string(),
        environment_id: outlook.environment.as_ref().map(|(id, _)| id.to_string()),
        state,
        told,
        blockers: shown_blockers(&outlook.blockers),
        deployment_id: None,
    }
}

fn run_cell(run: &CoordinatedRun, member: &RunMember) -> CoordinatedCellView {
    use CoordinatedCellWord as Word;
    let because = |by: &pilothouse_domain::Actor, reason: &str| format!("{by}: {reason}");
    let (state, told) = match (&member.back, &member.state) {
        (Some(MemberBack::Waiting { to }), _) => (Word::WaitsToGoBack, format!("To {}", to.version)),
        (Some(MemberBack::Started { to, .. }), _) => (Word::GoingBack, format!("To {}", to.version)),
        (Some(MemberBack::Done { .. }), _) => (Word::WentBack, String::new()),
        (Some(MemberBack::Held { message, .. }), _) if run.is_open() => (Word::Asks, message.clone()),
        (Some(MemberBack::Held { message, .. }), _) => (Word::Stays, message.clone()),
        (Some(MemberBack::Stays(stays)), _) => (Word::Stays, because(&stays.by, &stays.reason)),
        (None, RunMemberState::Skipped) => (Word::Skipped, format!("{} has no such environment", member.product)),
        (None, RunMemberState::ThereAlready) => (Word::There, "It was there already".to_owned()),
        (None, RunMemberState::LeftOut(out)) => (Word::LeftOut, because(&out.by, &out.reason)),
        // Its turn does not come any more.
        (None, RunMemberState::Waiting) if run.state != CoordinatedRunState::UnderWay => (Word::LeftOut, "It did not start".to_owned()),
        (None, RunMemberState::Waiting) => (Word::Waiting, format!("Stage {}", member.stage)),
        (None, RunMemberState::Started { .. }) => (Word::UnderWay, String::new()),
        (None, RunMemberState::Arrived { .. }) => (Word::There, String::new()),
        (None, RunMemberState::Held { reason, .. }) if run.state == CoordinatedRunState::UnderWay => (Word::Asks, reason.words()),
        (None, RunMemberState::Held { reason, .. }) => (Word::LeftOut, reason.words()),
    };
    let blockers = match &member.state {
        RunMemberState::Held { reason: HeldMember::Blocked { blockers }, .. } if state == Word::Asks => shown_blockers(blockers),
        _ => Vec::new(),
    };
    CoordinatedCellView {
        release_id: member.release_id.to_string(),
        environment_id: member.environment_id.map(|id| id.to_string()),
        state,
        told,
        blockers,
        deployment_id: member.rollback().or_else(|| member.deployment()).map(|id| id.to_string()),
    }
}

fn next(release: &CoordinatedReleaseView, environments: &[CoordinatedEnvironmentView]) -> CoordinatedNextView {
    use CoordinatedNextWord as Word;
    let view = |action, environment: &str, title: String, detail: String| CoordinatedNextView {
        action,
        environment: environment.to_owned(),
        title,
        detail,
    };
    if !release.is_open {
        return view(Word::None, "", String::new(), format!("Closed: {}", release.closed_because));
    }
    if release.members.is_empty() {
        let detail = "Releases of different products go out together once they are members.".to_owned();
        return view(Word::AddMembers, "", "Add a release".to_owned(), detail);
    }
    let open = |environment: &&CoordinatedEnvironmentView| {
        environment.run.as_ref().is_some_and(|run| matches!(run.state, CoordinatedRunWord::UnderWay | CoordinatedRunWord::RollingBack))
    };
    let run_of = |environment: &CoordinatedEnvironmentView| environment.run.clone();
    if let Some(run) = environments.iter().filter(open).filter_map(run_of).find(|run| run.asks) {
        let member = run.members.iter().find(|member| !member.answers.is_empty());
        let what = member.map(|member| format!("{} {}", member.product, member.version)).unwrap_or_default();
        let detail = member.map(|member| member.cell.told.clone()).unwrap_or_default();
        return view(Word::Answer, &run.environment, format!("Say what becomes of {what}"), detail);
    }
    if let Some(run) = environments.iter().find(open).and_then(run_of) {
        return view(Word::Wait, &run.environment, String::new(), run.told);
    }
    let Some(target) = environments.iter().find(|environment| environment.can_start) else {
        return view(Word::Close, "", "Close it".to_owned(), "Every member is in every environment of its product.".to_owned());
    };
    let blocked: Vec<_> = target.cells.iter().filter(|cell| cell.state == CoordinatedCellWord::Blocked).collect();
    match blocked.as_slice() {
        [] => view(Word::Start, &target.name, format!("Start in {}", target.name), "Nothing stands in the way of any member.".to_owned()),
        cells => {
            let detail = match cells.len() {
                1 => format!("1 member can’t go to {} yet.", target.name),
                several => format!("{several} members can’t go to {} yet.", target.name),
            };
            view(Word::SeeBlockers, &target.name, format!("See what stands in the way of {}", target.name), detail)
        }
    }
}

impl From<&CoordinatedRun> for CoordinatedRunView {
    fn from(run: &CoordinatedRun) -> Self {
        let back = run.back.as_ref().map(|back| format!("{}: {}", back.by, back.reason)).unwrap_or_default();
        let (state, told) = match &run.state {
            CoordinatedRunState::UnderWay => (CoordinatedRunWord::UnderWay, under_way(run)),
            CoordinatedRunState::RollingBack => (CoordinatedRunWord::RollingBack, format!("Going back in {}. {back}", run.environment)),
            CoordinatedRunState::Done { .. } => (CoordinatedRunWord::Done, format!("Done in {}", run.environment)),
            CoordinatedRunState::RolledBack { .. } => {
                (CoordinatedRunWord::RolledBack, format!("Rolled back in {}. {back}", run.environment))
            }
            CoordinatedRunState::Cancelled(cancelled) => {
                let why = format!("Cancelled in {}. {}: {}", run.environment, cancelled.by, cancelled.reason);
                (CoordinatedRunWord::Cancelled, why)
            }
        };
        let held: Vec<_> = run.held().map(|member| member.release_id).collect();
        let answers = |member: &RunMember| match (held.contains(&member.release_id), &run.state) {
            (false, _) => Vec::new(),
            (true, CoordinatedRunState::RollingBack) => vec![super::MemberAnswerWord::TryBackAgain, super::MemberAnswerWord::Stays],
            (true, _) => vec![super::MemberAnswerWord::TryAgain, super::MemberAnswerWord::GoOnWithout],
        };
        let member = |member: &RunMember| CoordinatedRunMemberView {
            product: member.product.clone(),
            version: member.version.to_string(),
            stage: member.stage,
            cell: run_cell(run, member),
            answers: answers(member),
        };
        Self {
            id: run.id.to_string(),
            coordinated_release_id: run.coordinated_release_id.to_string(),
            name: run.name.clone(),
            environment: run.environment.clone(),
            state,
            told,
            asks: !held.is_empty(),
            started_by: run.started_by.to_string(),
            started_at: shown(run.started_at),
            settled_at: run.settled_at().map(shown),
            members: run.members.iter().map(member).collect(),
            can_cancel: run.is_open(),
            can_roll_back: run.state != CoordinatedRunState::RollingBack && !run.to_go_back().is_empty(),
        }
    }
}

/// The stage whose turn it is, of how many.
fn under_way(run: &CoordinatedRun) -> String {
    let mut stages: Vec<u16> = run.members.iter().map(|member| member.stage).collect();
    stages.sort_unstable();
    stages.dedup();
    let turn = run.members.iter().filter(|member| !member.is_over()).map(|member| member.stage).min();
    let place = turn.and_then(|turn| stages.iter().position(|stage| *stage == turn)).map_or(1, |at| at + 1);
    format!("Stage {place} of {} is on its way to {}", stages.len(), run.environment)
}

impl From<&MemberOutlook> for MemberOutlookView {
    fn from(outlook: &MemberOutlook) -> Self {
        Self {
            product: outlook.product.clone(),
            version: outlook.version.to_string(),
            stage: outlook.member.stage,
            cell: outlook_cell(outlook),
            cautions: outlook.cautions.clone(),
        }
    }
}

impl From<&MemberWayBack> for MemberWayBackView {
    fn from(found: &MemberWayBack) -> Self {
        let (verdict, why, targets) = match &found.verdict {
            BackVerdict::Open { targets } => (BackVerdictWord::Open, "", targets.as_slice()),
            BackVerdict::Closed { why, targets } => (BackVerdictWord::Closed, why.as_str(), targets.as_slice()),
            BackVerdict::Nothing { why, .. } => (BackVerdictWord::Nothing, why.as_str(), [].as_slice()),
        };
        Self {
            release_id: found.member.release_id.to_string(),
            product: found.member.product.clone(),
            version: found.member.version.to_string(),
            stage: found.member.stage,
            verdict,
            why: why.to_owned(),
            targets: targets
                .iter()
                .map(|target| WayBackTargetView {
                    release_id: target.deployment.release_id.to_string(),
                    version: target.deployment.version.to_string(),
                    blockers: shown_blockers(&target.blockers),
                })
                .collect(),
        }
    }
}
