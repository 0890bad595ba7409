//! What `pilothouse uat` does with issues of a tracker.

use crate::commands::Ran;
use crate::commands::by_hand::pause;
use crate::commands::uat::{Place, current};
use crate::commands::uat_text::{feedback, round, tracker_read, written};
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use clap::Subcommand;
use pilothouse_api::{
    ErrandStateWord, FeedbackView, FileIssueRequest, IdRequest, SetTrackerRequest, SettleErrandRequest, TellIssueRequest, TrackerBody,
};

/// So many looks at what is being written, before the command leaves it to the engine.
const MOST_LOOKS: u32 = 120;

#[derive(Debug, Subcommand)]
pub(crate) enum IssuesCommand {
    /// Say where testers write issues: those with the label become feedback
    Tracker {
        #[command(flatten)]
        place: Place,
        /// The connection: name or id
        #[arg(long, value_name = "NAME", required_unless_present = "none")]
        connection: Option<String>,
        /// Its repository: owner/name
        #[arg(long, value_name = "REPOSITORY", required_unless_present = "none")]
        repository: Option<String>,
        /// The label
        #[arg(long, value_name = "LABEL", required_unless_present = "none")]
        label: Option<String>,
        /// Read no issues any more
        #[arg(long, conflicts_with_all = ["connection", "repository", "label"])]
        none: bool,
    },
    /// Read what is new at the round's tracker. An issue becomes feedback once
    Fetch {
        #[command(flatten)]
        place: Place,
    },
    /// Make an issue of feedback, once; what isn't given is taken from the feedback
    File {
        /// The feedback's id
        id: String,
        /// The connection: name or id; the round's tracker, else that of the product's source
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// Its repository
        #[arg(long, value_name = "REPOSITORY")]
        repository: Option<String>,
        /// The issue's title
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// A label; may be given several times
        #[arg(long = "label", value_name = "LABEL")]
        labels: Vec<String>,
    },
    /// Answer, label or close the issue of feedback
    Tell {
        /// The feedback's id
        id: String,
        /// A comment
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
        /// A label that it gets; may be given several times
        #[arg(long = "label", value_name = "LABEL")]
        labels: Vec<String>,
        /// Close it
        #[arg(long)]
        close: bool,
    },
    /// Settle what may have been written to a tracker: look for it once more, or dismiss it
    Settle {
        /// The feedback's id
        id: String,
        /// Look once more
        #[arg(long, required_unless_present = "dismiss")]
        look_again: bool,
        /// It was looked at, or is wanted no more
        #[arg(long, conflicts_with = "look_again")]
        dismiss: bool,
    },
}

pub(crate) async fn run(command: IssuesCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        IssuesCommand::Tracker { place, connection, repository, label, none: _ } => {
            let round_id = current(api, &place).await?.id;
            let tracker = match (connection, repository, label) {
                (Some(connection), Some(repository), Some(label)) => {
                    Some(TrackerBody { connection_id: names::connection(api, &connection).await?.id, repository, label })
                }
                _ => None,
            };
            session.screen.show(&api.set_tracker(SetTrackerRequest { round_id, tracker }).await?, round);
            Ok(Exit::Done)
        }
        IssuesCommand::Fetch { place } => {
            let id = current(api, &place).await?.id;
            session.screen.show(&api.read_tracker(IdRequest { id }).await?, tracker_read);
            Ok(Exit::Done)
        }
        IssuesCommand::File { id, connection, repository, title, labels } => {
            let mut issue = api.draft_issue(IdRequest { id: id.clone() }).await?;
            if let Some(name) = connection {
                issue.connection_id = names::connection(api, &name).await?.id;
            }
            issue.repository = repository.unwrap_or(issue.repository);
            issue.title = title.unwrap_or(issue.title);
            if !labels.is_empty() {
                issue.labels = labels;
            }
            let asked = api.file_issue(FileIssueRequest { id, issue }).await?;
            until_written(session, asked).await
        }
        IssuesCommand::Tell { id, text, labels, close } => {
            let asked = api.tell_issue(TellIssueRequest { id, text, labels, close }).await?;
            until_written(session, asked).await
        }
        IssuesCommand::Settle { id, look_again, dismiss: _ } => {
            let asked = api.settle_errand(SettleErrandRequest { id, look_again }).await?;
            if look_again {
                return until_written(session, asked).await;
            }
            session.screen.show(&asked, |view| feedback(std::slice::from_ref(view)));
            Ok(Exit::Done)
        }
    }
}

/// Stays until it is written, as a guest of whoever runs the engine, or running it for that long.
async fn until_written(session: &Session<'_>, mut view: FeedbackView) -> Ran {
    session.host.start_engine().await;
    for _ in 0..MOST_LOOKS {
        let state = view.errand.as_ref().map(|errand| errand.state);
        if !matches!(state, Some(ErrandStateWord::UnderWay | ErrandStateWord::Looking)) || !pause(session).await {
            break;
        }
        view = session.api().get_feedback(IdRequest { id: view.id }).await?;
    }
    session.screen.show(&view, written);
    let is_done = view.errand.as_ref().is_none_or(|errand| errand.state == ErrandStateWord::Done);
    Ok(if is_done { Exit::Done } else { Exit::Failed })
}
