//! `pilothouse review`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{moment, table, table_or};
use clap::Subcommand;
use pilothouse_api::{
    Api, ApiError, CloseReviewRequest, ErrorCode, IdRequest, ReleaseReviewView, ReviewActionBody, ReviewActionView, ReviewBody,
    SetReviewActionRequest, WriteReviewRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// How a release went, what was said of it, and what is to be done
    Show {
        /// The release: product@version, or id
        release: String,
    },
    /// Add to the review of a release; begins it where there is none
    Add {
        /// The release: product@version, or id
        release: String,
        /// What is to be said first, in place of what was
        #[arg(long, value_name = "TEXT")]
        summary: Option<String>,
        /// Something that went well; may be given again
        #[arg(long, value_name = "TEXT")]
        well: Vec<String>,
        /// Something that should go better; may be given again
        #[arg(long, value_name = "TEXT")]
        improve: Vec<String>,
        /// Something to be done; may be given again
        #[arg(long, value_name = "TEXT", requires = "owner")]
        action: Vec<String>,
        /// Who does the actions given with this command
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Until when: date, time and offset, such as 2026-12-01T12:00:00+01:00
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
    },
    /// Tick an action
    Done {
        /// The release: product@version, or id
        release: String,
        /// The action: the beginning of what it says, or its id
        action: String,
        /// Open it again instead
        #[arg(long)]
        undo: bool,
    },
    /// Close the review
    Close {
        /// The release: product@version, or id
        release: String,
    },
    /// Open the review again
    Reopen {
        /// The release: product@version, or id
        release: String,
    },
}

pub(crate) async fn run(command: ReviewCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let release = match &command {
        ReviewCommand::Show { release }
        | ReviewCommand::Add { release, .. }
        | ReviewCommand::Done { release, .. }
        | ReviewCommand::Close { release }
        | ReviewCommand::Reopen { release } => names::release(api, release).await?,
    };
    let known = api.release_review(IdRequest { id: release.clone() }).await?;
    match command {
        ReviewCommand::Show { .. } => session.screen.show(&known, whole),
        ReviewCommand::Add { summary, well, improve, action, owner, due, .. } => {
            let owner = owner.unwrap_or_default();
            let actions = action.into_iter().map(|what| ReviewActionBody { id: None, what, owner: owner.clone(), due: due.clone() });
            let mut request = as_it_is(&release, known.review.as_ref());
            request.summary = summary.unwrap_or(request.summary);
            request.went_well.extend(well);
            request.to_improve.extend(improve);
            request.actions.extend(actions);
            session.screen.show(&api.write_review(request).await?, said);
        }
        ReviewCommand::Done { action, undo, .. } => {
            let review = begun(known.review)?;
            let action_id = chosen(&review.actions, &action)?.id.clone();
            let request = SetReviewActionRequest { review_id: review.id, action_id, done: !undo };
            session.screen.show(&api.set_review_action(request).await?, said);
        }
        ReviewCommand::Close { .. } => close(api, session, known.review, true).await?,
        ReviewCommand::Reopen { .. } => close(api, session, known.review, false).await?,
    }
    Ok(Exit::Done)
}

async fn close(api: &Api, session: &Session<'_>, review: Option<ReviewBody>, close: bool) -> Result<(), ApiError> {
    let review_id = begun(review)?.id;
    session.screen.show(&api.close_review(CloseReviewRequest { review_id, close }).await?, said);
    Ok(())
}

fn begun(review: Option<ReviewBody>) -> Result<ReviewBody, ApiError> {
    review.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, "nobody has begun a review of this release", "Begin it with `pilothouse review add`.")
    })
}

/// What the review says, to be added to.
fn as_it_is(release: &str, review: Option<&ReviewBody>) -> WriteReviewRequest {
    let body = |a: &ReviewActionView| ReviewActionBody {
        id: Some(a.id.clone()),
        what: a.what.clone(),
        owner: a.owner.clone(),
        due: a.due.clone(),
    };
    WriteReviewRequest {
        release_id: release.to_owned(),
        revision: review.map_or(0, |r| r.revision),
        summary: review.map(|r| r.summary.clone()).unwrap_or_default(),
        went_well: review.map(|r| r.went_well.clone()).unwrap_or_default(),
        to_improve: review.map(|r| r.to_improve.clone()).unwrap_or_default(),
        actions: review.map(|r| r.actions.iter().map(body).collect()).unwrap_or_default(),
    }
}

fn chosen<'a>(actions: &'a [ReviewActionView], text: &str) -> Result<&'a ReviewActionView, ApiError> {
    let wanted = text.trim().to_lowercase();
    let found: Vec<_> = actions.iter().filter(|a| a.id == wanted || a.what.to_lowercase().starts_with(&wanted)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(ApiError::new(
            ErrorCode::NotFound,
            format!("there is no action `{text}`"),
            "See `pilothouse review show` for what there is.",
        )),
        _ => Err(ApiError::invalid("action", format!("several actions begin with `{text}`"), "Write more of it, or give its id.")),
    }
}

fn whole(view: &ReleaseReviewView) -> String {
    let rows = view.course.iter().map(|m| {
        let since = m.since.as_ref().map(|since| format!("+ {since}")).unwrap_or_default();
        vec![moment(&m.at), since, m.summary.clone(), m.actor.clone()]
    });
    let course = table_or(&["WHEN", "SINCE", "WHAT", "WHO"], rows.collect(), "Nothing happened yet.");
    let review =
        view.review.as_ref().map_or_else(|| view.refused.clone().unwrap_or_else(|| "Nobody has written a review yet.".to_owned()), said);
    format!("{course}\n{review}")
}

fn said(review: &ReviewBody) -> String {
    let mut text = String::new();
    if !review.summary.is_empty() {
        text.push_str(&format!("{}\n\n", review.summary));
    }
    for (title, notes) in [("Went well", &review.went_well), ("To improve", &review.to_improve)] {
        if !notes.is_empty() {
            text.push_str(&format!("{title}\n"));
            notes.iter().for_each(|note| text.push_str(&format!("  - {note}\n")));
        }
    }
    let rows: Vec<Vec<String>> = review
        .actions
        .iter()
        .map(|a| {
            let due =
                a.due.as_ref().map(|due| format!("due {}{}", moment(due), if a.is_overdue { ", overdue" } else { "" })).unwrap_or_default();
            let done = a.done_by.as_ref().map_or_else(|| "open".to_owned(), |by| format!("done by {by}"));
            vec![format!("  {}", a.what), a.owner.clone(), due, done]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&format!("Actions\n{}", table(&rows)));
    }
    let state = review.closed_by.as_ref().map_or_else(|| "The review is open.".to_owned(), |by| format!("Closed by {by}."));
    text + &state
}
