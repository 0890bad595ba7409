//! What people write about courses and sessions: who is trained, when, with which quiz. Says what is wrong with it.

use super::documents::{valid_paths, valid_text};
use super::evidence::valid_link;
use super::training::CourseEdit;
use super::valid_name;
use crate::error::EngineError;
use pilothouse_domain::training::{MAX_AUDIENCE, MAX_MATERIAL, QuizFault, Trainee, valid_quiz};

/// A course as it is kept.
pub(super) fn valid_course(mut edit: CourseEdit) -> Result<CourseEdit, EngineError> {
    edit.title = valid_name("title", &edit.title, 200)?;
    edit.description = valid_text("description", &edit.description, 20_000)?;
    edit.paths = valid_paths(&edit.paths)?;
    if edit.material.len() > MAX_MATERIAL {
        return Err(EngineError::invalid("material", format!("there are more than {MAX_MATERIAL} links"), "Put them on one page."));
    }
    for material in &mut edit.material {
        material.url = valid_link(&material.url)?;
        material.title = valid_text("material", &material.title, 200)?;
    }
    if edit.valid_days == Some(0) {
        return Err(EngineError::invalid("valid_days", "0 days are no validity", "Choose at least 1, or none."));
    }
    let fault = |fault: QuizFault| EngineError::invalid("quiz", fault.to_string(), "Correct the question.");
    edit.quiz = edit.quiz.map(valid_quiz).transpose().map_err(fault)?;
    if !edit.needs_attendance && !edit.needs_acknowledgement && edit.quiz.is_none() {
        let message = "nothing shows that somebody was trained";
        return Err(EngineError::invalid("needs", message, "Ask for attendance, a confirmation, or a quiz."));
    }
    Ok(edit)
}

/// Somebody as they are written: `Aiko`, or `Aiko <aiko@example.org>`.
fn valid_person(field: &'static str, text: &str) -> Result<Trainee, EngineError> {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name, Some(rest.trim_end().trim_end_matches('>').trim().to_owned())),
        None => (text, None),
    };
    let is_address = |email: &String| {
        let parts = email.split_once('@');
        parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && email.chars().count() <= 254
            && !email.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\",;:\\".contains(c))
    };
    if let Some(wrong) = email.as_ref().filter(|email| !is_address(email)) {
        let message = format!("`{wrong}` is no e-mail address");
        return Err(EngineError::invalid(field, message, "Write `Aiko <aiko@example.org>`, or the name alone."));
    }
    Ok(Trainee { name: valid_name(field, name, 120)?, email })
}

/// Who gives a session; may be empty.
pub(super) fn valid_trainer(text: &str) -> Result<String, EngineError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let Trainee { name, email } = valid_person("trainer", text.trim())?;
    Ok(email.map_or_else(|| name.clone(), |email| format!("{name} <{email}>")))
}

/// The people of an audience: `Aiko`, or `Aiko <aiko@example.org>`; each once.
pub(super) fn valid_audience(people: &[String]) -> Result<Vec<Trainee>, EngineError> {
    let mut kept: Vec<Trainee> = Vec::new();
    for text in people.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let Trainee { name, email } = valid_person("audience", text)?;
        if !kept.iter().any(|other| pilothouse_domain::document::is_same_person(&other.name, &name)) {
            kept.push(Trainee { name, email });
        }
    }
    if kept.is_empty() || kept.len() > MAX_AUDIENCE {
        let message = format!("the audience is 1 to {MAX_AUDIENCE} people");
        return Err(EngineError::invalid("audience", message, "Name who has to be trained."));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn an_audience_is_read_as_people_write_it() {
        let people = |lines: &[&str]| valid_audience(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        let kept = people(&["Aiko Tōru <aiko@example.org>", " Jonas ", "jonas", ""]).unwrap();
        assert_eq!(
            kept.iter().map(|t| (t.name.as_str(), t.email.as_deref())).collect::<Vec<_>>(),
            [("Aiko Tōru", Some("aiko@example.org")), ("Jonas", None)]
        );
        for wrong in ["Aiko <nobody>", "Aiko <a@b\r\nATTENDEE:x>", "<a@example.org>"] {
            assert!(people(&[wrong]).is_err(), "{wrong}");
        }
        assert!(people(&[]).is_err());
    }
}
