//! Text for people: aligned columns, words for states, times in this machine's zone. Must not be read by programs: they have
//! `--json`.

use chrono::{DateTime, Local, Utc};
use serde::Serialize;

/// Text without control characters, but with its line breaks: a provider's words must not steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Rows as columns, each as wide as its widest cell.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).map(|c| one_line(c)).unwrap_or_default();
    let width = |column: usize| rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, width) in widths.iter().enumerate() {
            let cell = cell(row, column);
            line.push_str(&cell);
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', gap));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A table under a heading; or what there is to say where it is empty.
pub(crate) fn table_or(heading: &[&str], rows: Vec<Vec<String>>, empty: &str) -> String {
    if rows.is_empty() {
        return format!("{empty}\n");
    }
    let heading = heading.iter().map(|&h| h.to_owned()).collect();
    table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

/// Names and values, one a line; values that are empty are left out.
pub(crate) fn fields(pairs: &[(&str, String)]) -> String {
    let rows: Vec<Vec<String>> = pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| vec![(*n).to_owned(), v.clone()]).collect();
    table(&rows)
}

fn one_line(text: &str) -> String {
    clean(text).replace(['\n', '\t'], " ")
}

/// The word of a state, as people read it: `in progress`.
pub(crate) fn word(state: impl Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}

/// A time of the wire in this machine's zone; as it is where it can't be read.
pub(crate) fn moment(at: &str) -> String {
    DateTime::parse_from_rfc3339(at).map_or_else(|_| at.to_owned(), |at| at.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// As [`moment`], or nothing.
pub(crate) fn moment_or(at: Option<&String>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), |at| moment(at))
}

/// How long ago: `12 min`.
pub(crate) fn age(at: &str) -> String {
    let Ok(at) = DateTime::parse_from_rfc3339(at) else { return String::new() };
    let seconds = Utc::now().signed_duration_since(at).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// As [`age`], or nothing.
pub(crate) fn age_or(at: Option<&String>) -> String {
    at.map(|at| age(at)).unwrap_or_default()
}

/// The beginning of a commit's hash.
pub(crate) fn short(sha: &str) -> String {
    sha.chars().take(7).collect()
}

/// A ref as people read it: the beginning of a commit's hash, a tag as it is.
pub(crate) fn git_ref(name: &str) -> String {
    let is_hash = matches!(name.len(), 40 | 64) && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hash { short(name) } else { name.to_owned() }
}

/// "1 h 30 min".
pub(crate) fn duration(seconds: u32) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let rows = vec![vec!["a".into(), "long".into()], vec!["wider".into(), "b".into(), "c".into()]];
        assert_eq!(table(&rows), "a      long\nwider  b     c\n");
    }

    #[test]
    fn a_provider_s_words_do_not_steer_the_terminal() {
        assert_eq!(clean("red \u{1b}[31malert\u{7}\nnext"), "red \u{fffd}[31malert\u{fffd}\nnext");
        assert!(!table(&[vec!["two\nlines".into()]]).trim_end().contains('\n'));
    }

    #[test]
    fn a_commit_is_shortened_and_a_tag_is_not() {
        assert_eq!(git_ref(&"a41f9c2b".repeat(5)), "a41f9c2");
        assert_eq!(git_ref("v1.4.0"), "v1.4.0");
        assert_eq!(git_ref("deadbeef"), "deadbeef");
    }

    #[test]
    fn words_are_those_of_the_wire() {
        assert_eq!(word(pilothouse_api::ReleaseStateWord::InApproval), "in approval");
    }
}
