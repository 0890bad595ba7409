//! The invitation to a training session as a calendar file (iCalendar, RFC 5545; what invites, RFC 5546). Times are written in UTC, so
//! that no calendar needs to know the zone; the zone is told in words. Must not send anything.

use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};
use pilothouse_domain::Timestamp;
use pilothouse_domain::training::{Course, TrainingSession};

/// The file's name: letters, digits and dashes.
pub(super) fn file_name(course: &Course, session: &TrainingSession) -> String {
    let plain: String = course.title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(60).collect();
    format!("{}-{}.ics", plain.trim_matches('-'), session.begins_at.as_datetime().format("%Y-%m-%d"))
}

/// The file.
pub(super) fn invitation(course: &Course, session: &TrainingSession, now: Timestamp) -> String {
    let is_cancelled = session.cancelled.is_some();
    let mut event = Event::new();
    event
        .uid(&format!("{}@pilothouse", session.id))
        .sequence(session.revision.saturating_sub(1))
        .timestamp(now.as_datetime())
        .starts(session.begins_at.as_datetime())
        .ends(session.ends_at.as_datetime())
        .summary(&line(&course.title))
        .description(&description(course, session))
        .status(if is_cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    if !session.place.is_empty() {
        event.location(&line(&session.place));
    }
    let organizer = session.trainer.split_once('<').map(|(name, rest)| (name.trim(), rest.trim_end_matches('>').trim()));
    if let Some((name, email)) = organizer {
        event.append_property(Property::new("ORGANIZER", format!("mailto:{email}")).add_parameter("CN", &parameter(name)).done());
    }
    // Only who invites by name can be answered: without an organizer it is a date to take note of.
    let invited = course.audience.iter().filter(|_| organizer.is_some());
    for (name, email) in invited.filter_map(|trainee| trainee.email.as_ref().map(|email| (&trainee.name, email))) {
        let mut attendee = Property::new("ATTENDEE", format!("mailto:{email}"));
        attendee.add_parameter("CN", &parameter(name)).add_parameter("ROLE", "REQ-PARTICIPANT");
        attendee.add_parameter("PARTSTAT", "NEEDS-ACTION");
        event.append_multi_property(attendee.done());
    }
    let mut calendar = Calendar::new();
    let method = match organizer {
        _ if is_cancelled => "CANCEL",
        Some(_) => "REQUEST",
        None => "PUBLISH",
    };
    calendar.append_property(Property::new("METHOD", method));
    calendar.push(event.done());
    calendar.to_string()
}

fn description(course: &Course, session: &TrainingSession) -> String {
    let mut lines = Vec::new();
    if let Some(release) = &session.release {
        lines.push(format!("For version {}.", release.version));
    }
    if !session.trainer.is_empty() {
        lines.push(format!("With {}.", line(&session.trainer)));
    }
    lines.push(format!("Set in the time zone {}.", session.time_zone));
    lines.extend(course.material.iter().map(|material| format!("{}: {}", line(&material.title), material.url)));
    lines.join("\n")
}

/// A parameter's value, which can't hold a quotation mark.
fn parameter(text: &str) -> String {
    line(text).replace('"', "'")
}

/// One line without control characters: a line end in a calendar file begins something new.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use pilothouse_domain::document::Retired;
    use pilothouse_domain::training::{Material, Trainee};
    use pilothouse_domain::{Actor, CourseId, ProductId, TrainingSessionId};
    use uuid::Uuid;

    fn known() -> (Course, TrainingSession) {
        let at = |text| Timestamp::parse(text).unwrap();
        let course = Course {
            id: CourseId::new(Uuid::nil()),
            revision: 1,
            product_id: ProductId::new(Uuid::nil()),
            title: "Basket; new,\r\nATTENDEE:mailto:evil@example.org".into(),
            description: String::new(),
            material: vec![Material { title: "Slides".into(), url: "https://wiki.example/slides".into() }],
            audience: vec![
                Trainee { name: "Tōru, \"Aiko\"".into(), email: Some("aiko@example.org".into()) },
                Trainee { name: "Jonas".into(), email: None },
                Trainee { name: "Lea".into(), email: Some("lea@example.org".into()) },
            ],
            paths: Vec::new(),
            each_release: false,
            needs_attendance: true,
            needs_acknowledgement: false,
            quiz: None,
            valid_days: None,
            edition: 1,
            added_by: Actor::Engine,
            added_at: at("2026-11-01T00:00:00Z"),
            retired: None,
        };
        let session = TrainingSession {
            id: TrainingSessionId::new(Uuid::nil()),
            revision: 3,
            product_id: course.product_id,
            course_id: course.id,
            release: None,
            begins_at: at("2026-11-25T13:00:00Z"),
            ends_at: at("2026-11-25T14:00:00Z"),
            time_zone: "Europe/Berlin".into(),
            place: "Room 2".into(),
            trainer: "Mira Okafor <mira@example.org>".into(),
            cancelled: None,
        };
        (course, session)
    }

    #[test]
    fn an_invitation_says_when_where_and_whom_and_nothing_breaks_out_of_its_line() {
        let (course, mut session) = known();
        let now = Timestamp::parse("2026-11-20T00:00:00Z").unwrap();
        let text = invitation(&course, &session, now);
        // Long lines are folded (RFC 5545, 3.1).
        let whole = text.replace("\r\n ", "");
        let lines: Vec<&str> = whole.split("\r\n").collect();
        for wanted in [
            "METHOD:REQUEST",
            "ORGANIZER;CN=Mira Okafor:mailto:mira@example.org",
            "DTSTART:20261125T130000Z",
            "DTEND:20261125T140000Z",
            "SEQUENCE:2",
            "LOCATION:Room 2",
            "STATUS:CONFIRMED",
            "SUMMARY:Basket\\; new\\,  ATTENDEE:mailto:evil@example.org",
        ] {
            assert!(lines.contains(&wanted), "{wanted} in {whole}");
        }
        let attendees: Vec<&&str> = lines.iter().filter(|line| line.starts_with("ATTENDEE")).collect();
        assert_eq!(attendees.len(), 2, "{attendees:?}");
        assert!(
            attendees.iter().any(|line| line.contains("CN=\"Tōru, 'Aiko'\"") && line.ends_with(":mailto:aiko@example.org")),
            "{attendees:?}"
        );
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert_eq!(file_name(&course, &session), "Basket--new---ATTENDEE-mailto-evil-example-org-2026-11-25.ics");

        session.trainer = "Mira".into();
        let text = invitation(&course, &session, now);
        assert!(text.contains("METHOD:PUBLISH\r\n") && !text.contains("\r\nATTENDEE"), "{text}");
        session.cancelled = Some(Retired { by: Actor::Engine, at: now, reason: String::new() });
        let text = invitation(&course, &session, now);
        assert!(text.contains("METHOD:CANCEL\r\n") && text.contains("STATUS:CANCELLED\r\n"), "{text}");
    }
}
