//! What testers give through the feedback form, each in their own name, and how the form is served on this computer. Must not open a
//! port, nor know a request.

use super::pictures::kept_anew;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::form_book::{FormBook, FormSettings};
use crate::ports::uat_store::FeedbackFilter;
use crate::usecases::{GivenFeedback, NewFeedback};
use pilothouse_domain::uat::{Feedback, FeedbackWay, OutcomeWord, Severity, Tester, UatRound};
use pilothouse_domain::{Actor, TesterId, UatRoundId, UatScenarioId};

/// A tester gives at most so much through the form, in a round.
const MAX_EACH: u32 = 200;

/// Feedback as the form takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFeedback {
    /// The scenario, where it is about one.
    pub scenario: Option<UatScenarioId>,
    /// In a line.
    pub title: String,
    /// The whole; may be empty.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// What they tested with.
    pub device: String,
    /// The page from which it was sent: what is sent from it twice is taken once. Letters, digits and `-`, 8 to 64 of them.
    pub page: String,
}

impl Engine {
    /// How the form is served on this computer.
    #[must_use]
    pub fn form_book(&self) -> &dyn FormBook {
        self.form_book.as_ref()
    }

    /// Turns the form on or off on this computer, or changes where it is served.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for an address under which nobody could reach it, or where it can't be kept.
    pub async fn set_feedback_form(&self, actor: &Actor, mut settings: FormSettings) -> Result<FormSettings, EngineError> {
        settings.public_url = settings.public_url.map(|url| url.trim().trim_end_matches('/').to_owned()).filter(|url| !url.is_empty());
        valid_settings(&settings)?;
        let old = self.form_book.settings();
        if old == settings {
            return Ok(settings);
        }
        let (action, summary) = match (old.is_on, settings.is_on) {
            (false, true) => ("feedback_form.turned_on", format!("Turned the feedback form on, at {}", settings.place())),
            (true, false) => ("feedback_form.turned_off", "Turned the feedback form off".to_owned()),
            _ => ("feedback_form.changed", format!("Changed the feedback form to {}", settings.place())),
        };
        let mut change = self.change(actor);
        change.audit_form(action, &settings, summary);
        // On record before it happens: a port that is open was never opened unseen.
        self.ports.store.commit(change.into_set()).await?;
        let kept = self.form_book.set_settings(&settings);
        kept.map_err(|error| EngineError::invalid("address", error.message, error.next_step))?;
        Ok(settings)
    }

    /// What a tester gave through the form, newest first; at most 100.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn form_feedback(&self, round: UatRoundId, tester: TesterId) -> Result<Vec<Feedback>, EngineError> {
        let filter = FeedbackFilter { round: Some(round), tester: Some(tester), limit: 100, ..FeedbackFilter::default() };
        Ok(self.store().feedback(&filter).await?)
    }

    /// How many screenshots a feedback has.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn screenshot_count(&self, feedback: &Feedback) -> Result<usize, EngineError> {
        let kind = pilothouse_domain::evidence::EvidenceOwnerKind::Feedback;
        Ok(self.store().evidence_of(kind, feedback.id.uuid()).await?.iter().filter(|evidence| evidence.is_current()).count())
    }

    /// Takes feedback of a tester whom the form has admitted. Pictures are drawn anew; what is no picture is not kept, and told. `None`
    /// where the same page has sent it already.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for what can't be kept, or where the tester has given very much.
    pub async fn give_form_feedback(
        &self,
        round: &UatRound,
        tester: &Tester,
        new: FormFeedback,
        pictures: Vec<(String, Vec<u8>)>,
    ) -> Result<Option<GivenFeedback>, EngineError> {
        let is_key = (8..=64).contains(&new.page.len()) && new.page.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_key {
            return Err(EngineError::invalid("page", "the page is not known", "Load the form again."));
        }
        let own = FeedbackFilter { round: Some(round.id), tester: Some(tester.id), limit: MAX_EACH, ..FeedbackFilter::default() };
        if self.store().feedback(&own).await?.len() >= MAX_EACH as usize {
            let message = format!("there are {MAX_EACH} pieces of feedback of yours already");
            return Err(EngineError::invalid("title", message, "Tell whoever invited you."));
        }
        let external_key = Some(format!("form:{}:{}", tester.id, new.page));
        let FormFeedback { scenario, title, text, severity, device, .. } = new;
        let (from, way) = (tester.name.clone(), FeedbackWay::Form);
        let new = NewFeedback { round: round.id, scenario, from, title, text, severity, device, way, external_key, at: None };
        let feedback = Feedback { tester_id: Some(tester.id), ..self.valid_feedback(round, new)? };
        let (kept, mut refused) = drawn(pictures).await;
        match self.keep_feedback(&named(tester), feedback, kept).await {
            Ok(mut given) => {
                refused.append(&mut given.refused);
                Ok(Some(GivenFeedback { refused, ..given }))
            }
            Err(EngineError::Store(StoreError::Taken { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Records what a tester whom the form has admitted says of a scenario.
    ///
    /// # Errors
    /// [`EngineError::Round`] for a scenario that isn't there.
    pub async fn say_by_form(
        &self,
        round: UatRoundId,
        tester: &Tester,
        scenario: UatScenarioId,
        word: OutcomeWord,
        remark: &str,
    ) -> Result<UatRound, EngineError> {
        self.record_outcome(&named(tester), round, scenario, tester.id, Some((word, remark))).await
    }
}

/// In whose name it is: nobody may take it for a person at this computer.
fn named(tester: &Tester) -> Actor {
    Actor::person(format!("{} (feedback form)", tester.name))
}

type Pictures = Vec<(String, Vec<u8>)>;

/// The pictures, drawn anew one after another where nobody waits for them, and those that can't be, with why.
async fn drawn(pictures: Pictures) -> (Pictures, Vec<(String, String)>) {
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for (name, content) in pictures {
        let called = name.clone();
        match tokio::task::spawn_blocking(move || kept_anew(&called, &content)).await {
            Ok(Ok(picture)) => kept.push(picture),
            Ok(Err(_)) | Err(_) => refused.push((name, "it is no picture that can be read: PNG, JPEG, GIF and WebP are taken".to_owned())),
        }
    }
    (kept, refused)
}

fn valid_settings(settings: &FormSettings) -> Result<(), EngineError> {
    let invalid = |field, message: String, next_step: &str| Err(EngineError::invalid(field, message, next_step));
    if settings.port == 0 {
        return invalid("port", "a port is missing".to_owned(), "Choose one from 1024 to 65535.");
    }
    if settings.address.is_multicast() {
        return invalid("address", format!("{} is no address of a computer", settings.address), "Choose an address of this computer.");
    }
    if let Some(proxy) = settings.trusted_proxy.filter(|proxy| proxy.is_unspecified() || proxy.is_multicast()) {
        return invalid("trusted_proxy", format!("{proxy} is no address of a computer"), "Write the proxy's own address.");
    }
    let Some(url) = &settings.public_url else {
        if settings.address.is_unspecified() {
            let message = "under which address testers reach it is missing".to_owned();
            return invalid("public_url", message, "Write the address, such as http://pilot.example.com:8417, or choose one address.");
        }
        return Ok(());
    };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if rest.is_empty() || rest.len() > 255 || !rest.chars().all(is_host) {
        let message = format!("`{url}` is no address without a path");
        return invalid("public_url", message, "Write http:// or https://, a name, and the port where it isn't the usual one.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn the_form_is_served_where_somebody_can_reach_it() {
        let local = FormSettings { is_on: true, ..FormSettings::default() };
        assert_eq!((valid_settings(&local), local.base_url().as_str()), (Ok(()), "http://127.0.0.1:8417"));
        let six = FormSettings { address: "::1".parse().unwrap(), ..local.clone() };
        assert_eq!(six.base_url(), "http://[::1]:8417");
        let open = FormSettings { address: "0.0.0.0".parse().unwrap(), ..local.clone() };
        assert!(valid_settings(&open).unwrap_err().to_string().contains("which address"));
        let with = |url: &str| FormSettings { public_url: Some(url.into()), ..open.clone() };
        assert_eq!(valid_settings(&with("https://uat.example.com")), Ok(()));
        assert_eq!(with("https://uat.example.com").base_url(), "https://uat.example.com");
        for url in ["uat.example.com", "https://", "ftp://a", "https://a/b", "https://a@b", "https://a\r\nX: y", "javascript:alert(1)"] {
            assert!(valid_settings(&with(url)).is_err(), "{url}");
        }
        assert!(valid_settings(&FormSettings { port: 0, ..local.clone() }).is_err());
        assert!(valid_settings(&FormSettings { address: "224.0.0.1".parse().unwrap(), ..local }).is_err());
    }
}
