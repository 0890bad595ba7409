//! The page of a round: what there is to test, what to tell, and what this tester has told.

use super::layout;
use crate::markdown::markdown;
use maud::{Markup, html};
use pilothouse_domain::Timestamp;
use pilothouse_domain::uat::{Feedback, Outcome, OutcomeWord, Scenario, Tester, UatRound};

/// What the page shows.
pub(crate) struct View<'a> {
    pub(crate) product: String,
    pub(crate) round: &'a UatRound,
    pub(crate) tester: &'a Tester,
    /// What the tester gave, newest first.
    pub(crate) told: Vec<Told>,
    pub(crate) csrf: String,
    /// Tells this page from another one: what is sent from it twice is taken once.
    pub(crate) page: String,
    pub(crate) done: Done,
    pub(crate) draft: Draft,
    /// So many pictures may be sent.
    pub(crate) pictures: usize,
}

/// A feedback of the tester.
pub(crate) struct Told {
    pub(crate) feedback: Feedback,
    pub(crate) pictures: usize,
}

/// What was just kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Nothing,
    Outcome,
    Feedback { kept: u8, left_out: u8 },
}

/// Feedback that is being written.
#[derive(Default)]
pub(crate) struct Draft {
    /// Why it was not kept.
    pub(crate) problem: String,
    /// True where pictures have to be chosen again.
    pub(crate) lost_pictures: bool,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) severity: String,
    pub(crate) scenario: String,
    pub(crate) device: String,
}

impl Done {
    /// As it stands in the address after something was sent: known words and small numbers.
    pub(crate) fn read(query: &str) -> Self {
        let value = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).map(|(_, v)| v);
        let number = |name: &str| value(name).and_then(|text| text.parse().ok()).unwrap_or_default();
        match value("done") {
            Some("outcome") => Self::Outcome,
            Some("feedback") => Self::Feedback { kept: number("kept"), left_out: number("left") },
            _ => Self::Nothing,
        }
    }

    fn words(self) -> Option<String> {
        let pictures = |count: u8| if count == 1 { "1 picture".to_owned() } else { format!("{count} pictures") };
        match self {
            Self::Nothing => None,
            Self::Outcome => Some("Thank you. What you said is kept.".to_owned()),
            Self::Feedback { kept: 0, left_out: 0 } => Some("Thank you. Your feedback is kept.".to_owned()),
            Self::Feedback { kept, left_out: 0 } => Some(format!("Thank you. Your feedback is kept, with {}.", pictures(kept))),
            Self::Feedback { kept, left_out } => Some(format!(
                "Your feedback is kept, with {}. {} could not be kept: PNG, JPEG, GIF and WebP of up to 10 MiB are, 5 at a time.",
                pictures(kept),
                pictures(left_out)
            )),
        }
    }
}

impl View<'_> {
    /// The page.
    pub(crate) fn page(&self) -> Markup {
        let round = self.round;
        let title = format!("Test {} {}", self.product, round.version);
        let body = html! {
            // Stays in view: the page goes on where something was sent.
            @if let Some(words) = self.done.words() { p.done role="status" { (words) } }
            div.card {
                h1 { (title) }
                p.sub {
                    "You test as " b { (self.tester.name) } " in " (round.environment) "."
                    @if let Some(due) = round.due { " Please be done by " (moment(due)) "." }
                }
                @if !round.instructions.is_empty() { div.written { (markdown(&round.instructions)) } }
            }
            @if !round.scenarios.is_empty() {
                section.card aria-labelledby="scenarios" {
                    h2 #scenarios { "What to test" }
                    p.sub { (self.progress()) }
                    @for scenario in &round.scenarios { (self.scenario(scenario)) }
                }
            }
            (self.feedback_form())
            (self.told())
        };
        layout(&title, &body)
    }

    fn said(&self, scenario: &Scenario) -> Option<&Outcome> {
        self.round.outcomes.iter().find(|outcome| outcome.scenario_id == scenario.id && outcome.tester_id == self.tester.id)
    }

    fn progress(&self) -> String {
        let said = self.round.scenarios.iter().filter(|scenario| self.said(scenario).is_some()).count();
        format!("You have said something of {said} of {}.", self.round.scenarios.len())
    }

    fn scenario(&self, scenario: &Scenario) -> Markup {
        let said = self.said(scenario);
        let again = self.round.since.iter().flat_map(|since| &since.again).find(|again| again.scenario_id == scenario.id);
        html! {
            details id=(format!("s-{}", scenario.id)) open[said.is_none()] {
                summary {
                    span.name { (scenario.title) }
                    @match said {
                        Some(outcome) => span.tag.(outcome.word.word()) { (words_of(outcome.word)) },
                        None => span.tag { @if scenario.is_required { "Open" } @else { "Optional" } },
                    }
                }
                @if let Some(again) = again.filter(|_| said.is_none()) { p.sub { "Test it again: " (again.reason) "." } }
                @if !scenario.steps.is_empty() {
                    ol {
                        @for step in &scenario.steps {
                            li { (step.does) @if !step.expects.is_empty() { div.sub { "You should see: " (step.expects) } } }
                        }
                    }
                }
                (self.outcome_form(scenario, said))
            }
        }
    }

    fn outcome_form(&self, scenario: &Scenario, said: Option<&Outcome>) -> Markup {
        let id = scenario.id.to_string();
        html! {
            form method="post" action=(format!("/r/{}/outcome", self.round.id)) {
                input type="hidden" name="csrf" value=(self.csrf);
                input type="hidden" name="scenario" value=(id);
                fieldset {
                    legend { "What came of it?" span.vh { " (" (scenario.title) ")" } }
                    @for word in [OutcomeWord::Passed, OutcomeWord::Failed, OutcomeWord::Blocked] {
                        label.choice {
                            input type="radio" name="word" value=(word.word()) required checked[said.is_some_and(|said| said.word == word)];
                            span { (words_of(word)) }
                        }
                    }
                }
                label for=(format!("remark-{id}")) { "Remark " span.sub { "(optional)" } }
                textarea id=(format!("remark-{id}")) name="remark" rows="2" maxlength="2000" { (said.map(|said| said.remark.as_str()).unwrap_or_default()) }
                button type="submit" { @if said.is_some() { "Change what I said" } @else { "Keep what I said" } span.vh { " of " (scenario.title) } }
            }
        }
    }

    fn feedback_form(&self) -> Markup {
        let draft = &self.draft;
        let has_problem = !draft.problem.is_empty();
        let severities = [
            ("critical", "Critical", "Work stops, or data is lost"),
            ("major", "Major", "Something important doesn't work"),
            ("minor", "Minor", "There is a way around"),
            ("suggestion", "Wish", "It could be better"),
        ];
        let severity = if draft.severity.is_empty() { "minor" } else { draft.severity.as_str() };
        html! {
            section.card aria-labelledby="feedback" {
                h2 #feedback { "Tell what you noticed" }
                @if has_problem {
                    p.problem role="alert" {
                        "It was not kept: " (draft.problem)
                        @if draft.lost_pictures { " Choose the pictures again, too." }
                    }
                }
                form method="post" action=(format!("/r/{}/feedback", self.round.id)) enctype="multipart/form-data" {
                    // First: nothing after it is read unless it is right.
                    input type="hidden" name="csrf" value=(self.csrf);
                    input type="hidden" name="page" value=(self.page);
                    label for="title" { "In a line" }
                    input #title type="text" name="title" required maxlength="200" value=(draft.title) autofocus[has_problem];
                    label for="text" { "What did you do, what did you see, what did you expect? " span.sub { "(optional)" } }
                    textarea #text name="text" rows="5" maxlength="10000" { (draft.text) }
                    fieldset {
                        legend { "How bad is it?" }
                        @for (value, name, meaning) in severities {
                            label.choice {
                                input type="radio" name="severity" value=(value) required checked[severity == value];
                                span { (name) span.sub { ": " (meaning) } }
                            }
                        }
                    }
                    @if !self.round.scenarios.is_empty() {
                        label for="scenario" { "Which scenario is it about?" }
                        select #scenario name="scenario" {
                            option value="" { "None of them" }
                            @for scenario in &self.round.scenarios {
                                option value=(scenario.id) selected[draft.scenario == scenario.id.to_string()] { (scenario.title) }
                            }
                        }
                    }
                    label for="device" { "What did you test with? " span.sub { "(optional)" } }
                    input #device type="text" name="device" maxlength="200" value=(draft.device);
                    label for="pictures" { "Pictures " span.sub { "(optional, up to " (self.pictures) ")" } }
                    input #pictures type="file" name="pictures" multiple accept="image/png,image/jpeg,image/gif,image/webp";
                    button.primary type="submit" { "Send the feedback" }
                }
            }
        }
    }

    fn told(&self) -> Markup {
        html! {
            section.card aria-labelledby="told" {
                h2 #told { "What you told" }
                @if self.told.is_empty() { p.sub { "Nothing yet. What you send is listed here, with the answers to it." } }
                @for Told { feedback, pictures } in &self.told {
                    article {
                        h3 { (feedback.title) }
                        p.sub {
                            (moment(feedback.at)) ", " (feedback.severity.word())
                            @if *pictures > 0 { ", " (pictures) @if *pictures == 1 { " picture" } @else { " pictures" } }
                        }
                        @if !feedback.text.is_empty() { p.text { (feedback.text) } }
                        @if let Some(answer) = &feedback.answer {
                            div.answer { b { "Answer of " (answer.by) } p.text { (answer.text) } }
                        }
                    }
                }
            }
        }
    }
}

const fn words_of(word: OutcomeWord) -> &'static str {
    match word {
        OutcomeWord::Passed => "It works",
        OutcomeWord::Failed => "It doesn't work",
        OutcomeWord::Blocked => "I could not test it",
    }
}

/// A moment as people read it, in UTC: the server doesn't know where the tester is.
fn moment(at: Timestamp) -> String {
    at.as_datetime().format("%-d %b %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_can_say_no_more_than_known_words() {
        assert_eq!(Done::read("done=feedback&kept=2&left=1"), Done::Feedback { kept: 2, left_out: 1 });
        assert_eq!(Done::read("done=feedback&kept=<script>&left=999"), Done::Feedback { kept: 0, left_out: 0 });
        assert_eq!(Done::read("done=outcome"), Done::Outcome);
        for query in ["", "done", "done=%3Cscript%3E", "x=outcome", "&&&=="] {
            assert_eq!(Done::read(query), Done::Nothing, "{query}");
        }
        assert!(
            Done::Feedback { kept: 1, left_out: 2 }
                .words()
                .is_some_and(|words| words.contains("1 picture.") && words.contains("2 pictures"))
        );
    }
}
