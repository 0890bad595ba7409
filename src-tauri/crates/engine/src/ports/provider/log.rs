//! Logs that are read while they grow.

/// A part of a job's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPart {
    /// The text, with the terminal's escape sequences that the job wrote.
    pub text: String,
    /// Where the next part begins. Counts what the provider counts; only its adapter reads it.
    pub next: u64,
    /// Whether nothing more will come.
    pub is_complete: bool,
    /// Where the log is to be read instead, where the provider doesn't hand it out.
    pub elsewhere: Option<String>,
}

impl LogPart {
    /// What follows `from` bytes of a log that is always handed out whole. Begins anew where the log has become shorter.
    #[must_use]
    pub fn of_whole(text: String, from: u64, is_complete: bool) -> Self {
        let next = text.len() as u64;
        let start = usize::try_from(from).ok().filter(|start| text.is_char_boundary(*start));
        let rest = match start {
            Some(0) | None => text,
            Some(start) => text[start..].to_owned(),
        };
        Self { text: rest, next, is_complete, elsewhere: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_log_is_read_on_from_where_it_was() {
        let first = LogPart::of_whole("one\n".to_owned(), 0, false);
        assert_eq!((first.text.as_str(), first.next), ("one\n", 4));
        let second = LogPart::of_whole("one\ntwo\n".to_owned(), first.next, true);
        assert_eq!((second.text.as_str(), second.next, second.is_complete), ("two\n", 8, true));
        assert_eq!(LogPart::of_whole("new".to_owned(), second.next, true).text, "new", "a shorter log is another log");
    }
}
