//! Standard output and standard error. One document goes to standard output: JSON or text; everything else to standard error.
//! What comes from a provider or a service is written without its control characters.

use crate::text::clean;
use pilothouse_api::ApiError;
use serde::Serialize;
use std::io::{self, Write as _};

pub(crate) struct Screen {
    json: bool,
}

/// The document of a command that did not do what was asked.
#[derive(Serialize)]
struct Failure<'a> {
    error: &'a ApiError,
}

impl Screen {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Shows a view: as it is in JSON, else as text.
    pub(crate) fn show<T: Serialize>(&self, view: &T, text: impl FnOnce(&T) -> String) {
        if self.json {
            self.document(view);
        } else {
            print(text(view).trim_end());
        }
    }

    /// Shows a view as JSON.
    pub(crate) fn document<T: Serialize>(&self, view: &T) {
        match serde_json::to_string_pretty(view) {
            Ok(json) => print(&json),
            Err(error) => self.say(&format!("pilothouse: the answer can't be written as JSON: {error}")),
        }
    }

    /// One JSON object in one line. False once nobody reads any more.
    pub(crate) fn line<T: Serialize>(&self, view: &T) -> bool {
        let Ok(json) = serde_json::to_string(view) else { return true };
        let mut out = io::stdout().lock();
        writeln!(out, "{json}").and_then(|()| out.flush()).is_ok()
    }

    /// For people, beside the document.
    pub(crate) fn say(&self, text: &str) {
        // Whoever closed standard error doesn't want to know; the exit code says the rest.
        let _ = writeln!(io::stderr(), "{}", clean(text));
    }

    /// Why it was not done, and the way out.
    pub(crate) fn fail(&self, error: &ApiError) {
        if self.json {
            self.document(&Failure { error });
        }
        let mut text = format!("pilothouse: {}", error.message);
        for blocker in &error.blockers {
            text.push_str(&format!("\n  - {}: {}", blocker.title, blocker.detail));
        }
        if !error.next_step.is_empty() {
            text.push_str(&format!("\n{}", error.next_step));
        }
        self.say(&text);
    }
}

fn print(text: &str) {
    let mut out = io::stdout().lock();
    // Whoever closed the pipe has read enough.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
