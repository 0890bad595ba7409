//! The log of a job as GitLab's runner writes it: sections, colours, carriage returns.

use chrono::{DateTime, Utc};

use super::state::Job;

const GREEN: &str = "\u{1b}[32;1m";
const RED: &str = "\u{1b}[31;1m";
const CLEAR: &str = "\u{1b}[0;m";
const ERASE: &str = "\u{1b}[0K";

impl Job {
    pub(super) fn say(&mut self, text: &str) {
        self.trace.push_str(text);
        self.trace.push('\n');
    }

    pub(super) fn opens(&mut self, now: DateTime<Utc>) {
        self.say(&format!("{ERASE}Running with gitlab-runner 18.5.0 (bda84871){ERASE}"));
        self.say(&format!(
            "section_start:{}:step_script\r{ERASE}{GREEN}Executing \"step_script\" stage of the job script{CLEAR}",
            now.timestamp()
        ));
    }

    pub(super) fn runs(&mut self, line: &str) {
        self.say(&format!("{GREEN}$ {line}{CLEAR}"));
    }

    pub(super) fn fails(&mut self, why: &str) {
        self.say(&format!("{RED}{why}{CLEAR}"));
    }

    pub(super) fn closes(&mut self, is_good: bool, now: DateTime<Utc>) {
        self.say(&format!("section_end:{}:step_script\r{ERASE}", now.timestamp()));
        if is_good { self.say(&format!("{GREEN}Job succeeded{CLEAR}")) } else { self.fails("ERROR: Job failed: exit code 1") }
    }
}
