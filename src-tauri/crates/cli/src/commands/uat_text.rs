//! What `pilothouse uat` says.

use crate::text::{clean, moment, table_or, word};
use pilothouse_api::{
    ErrandStateWord, FeedbackFormState, FeedbackFormView, FeedbackImportView, FeedbackView, InvitationView, TrackerReadingView,
    UatRoundBody,
};

/// The rounds of a release.
pub(crate) fn rounds(views: &[UatRoundBody]) -> String {
    if views.is_empty() {
        return "The release has no UAT rounds. Begin one with `pilothouse uat begin`.\n".to_owned();
    }
    views.iter().map(round).collect::<Vec<_>>().join("\n")
}

/// One round.
pub(crate) fn round(view: &UatRoundBody) -> String {
    let mut text = format!("UAT of {} in {}: {}\n", view.version, clean(&view.environment), word(view.state));
    if let Some(reason) = &view.given_up {
        text.push_str(&format!("Given up: {}\n", clean(reason)));
    }
    if let Some(version) = &view.since_version {
        let again = view.scenarios.iter().filter(|scenario| scenario.again.is_some()).count();
        text.push_str(&format!("Continues {version}: {again} of {} scenarios are tested again.\n", view.scenarios.len()));
    }
    let rows = view.scenarios.iter().map(|known| {
        let required = if known.scenario.is_required { "required" } else { "optional" };
        let again = known.again.as_ref().map(|reason| format!("again: {reason}")).unwrap_or_default();
        let counts = format!("{} passed, {} failed, {} blocked", known.passed, known.failed, known.blocked);
        vec![word(known.verdict), required.to_owned(), known.scenario.title.clone(), counts, again]
    });
    text.push_str(&table_or(&["STATE", "", "SCENARIO", "TESTERS SAY", ""], rows.collect(), "It has no scenarios."));
    let testers = view.testers.iter().map(|tester| {
        let until = match &tester.invited_until {
            Some(_) if tester.is_expired => "invitation is over".to_owned(),
            Some(until) => format!("until {}", moment(until)),
            None => String::new(),
        };
        vec![tester.name.clone(), format!("{} of {}", tester.said, view.scenarios.len()), until]
    });
    text.push_str(&table_or(&["TESTER", "SAID", "INVITED"], testers.collect(), "Nobody tests yet."));
    if let Some(tracker) = &view.tracker {
        text.push_str(&format!("Issues of {} with the label {} are feedback.\n", clean(&tracker.repository), clean(&tracker.label)));
    }
    let known = view.feedback;
    text.push_str(&format!(
        "Feedback: {} untriaged, {} open blockers, {} solved, {} later, {} won't, {} duplicates\n",
        known.untriaged, known.blocker, known.solved, known.later, known.wont, known.duplicate
    ));
    for unmet in &view.unmet {
        text.push_str(&format!("Not met: {}\n", clean(unmet)));
    }
    for sign in &view.sign_offs {
        text.push_str(&format!("Signed by {} {} {}\n", clean(&sign.by), moment(&sign.at), clean(&sign.remark)));
    }
    if !view.unsigned.is_empty() {
        text.push_str(&format!("Has to be signed by {}\n", clean(&view.unsigned.join(", "))));
    }
    text
}

/// Feedback.
pub(crate) fn feedback(views: &[FeedbackView]) -> String {
    let rows = views.iter().map(|view| {
        let issue = view.issue.as_ref().map(|issue| format!("{}#{}", issue.repository, issue.number)).unwrap_or_default();
        let (standing, severity) = (word(view.standing), word(view.severity));
        vec![view.id.clone(), standing, severity, view.title.clone(), view.from.clone(), moment(&view.at), issue]
    });
    table_or(&["ID", "STANDING", "SEVERITY", "FEEDBACK", "FROM", "WHEN", "ISSUE"], rows.collect(), "There is no feedback.")
}

/// What came of reading.
pub(crate) fn imported(view: &FeedbackImportView) -> String {
    let mut text = format!("{} new, {} there already.\n", view.added, view.already_there);
    for fault in &view.faults {
        text.push_str(&format!("Line {}: {}\n", fault.line, clean(&fault.reason)));
    }
    text
}

/// An invitation, once.
pub(crate) fn invitation(view: &InvitationView) -> String {
    let mut text = format!("{}\n", view.url);
    text.push_str(&format!(
        "For {}, until {}. It is shown this once, and opens the form to whoever has it.\n",
        clean(&view.name),
        moment(&view.expires_at)
    ));
    if view.form.state != FeedbackFormState::Listening {
        text.push_str(&form(&view.form));
    }
    text
}

/// The feedback form.
pub(crate) fn form(view: &FeedbackFormView) -> String {
    let mut text = match view.state {
        FeedbackFormState::Off => "The feedback form is off. Turn it on with `pilothouse uat form on`.\n".to_owned(),
        FeedbackFormState::Listening => format!("The feedback form answers at {}\n", clean(&view.base_url)),
        FeedbackFormState::Starting => format!("The feedback form is being turned on at {}\n", clean(&view.base_url)),
        FeedbackFormState::Failed | FeedbackFormState::NoEngine => "The feedback form is turned on, and does not answer.\n".to_owned(),
    };
    if let Some(problem) = &view.problem {
        text.push_str(&format!("{}\n", clean(problem)));
    }
    if view.is_on && !view.is_reachable && view.public_url.is_none() {
        text.push_str("Only this computer reaches it. Choose another address with --address.\n");
    }
    text
}

/// What came of reading a tracker.
pub(crate) fn tracker_read(view: &TrackerReadingView) -> String {
    let more = if view.is_cut { " There are more: fetch again." } else { "" };
    format!("{} new, {} changed, {} left as they are.{more}\n", view.added, view.changed, view.left)
}

/// What was written to a tracker about feedback.
pub(crate) fn written(view: &FeedbackView) -> String {
    let mut text = String::new();
    if let Some(issue) = &view.issue {
        let state = if issue.is_open { "open" } else { "closed" };
        text.push_str(&format!("{}#{} ({state}) {}\n", clean(&issue.repository), issue.number, clean(&issue.url)));
    }
    if let Some(errand) = &view.errand {
        text.push_str(match errand.state {
            ErrandStateWord::Done => "It is written.\n",
            ErrandStateWord::Refused => "It was not written.\n",
            ErrandStateWord::Unknown => "It may have been written.\n",
            ErrandStateWord::UnderWay | ErrandStateWord::Looking => "It is not written yet; the engine goes on with it.\n",
        });
        for line in errand.message.iter().chain(&errand.next_step) {
            text.push_str(&format!("{}\n", clean(line)));
        }
    }
    text
}
