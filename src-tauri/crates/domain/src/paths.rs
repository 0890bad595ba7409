//! Patterns of paths in a repository, such as `web/basket/**`, and which of the changed paths they mean. Must not read a repository: what
//! was changed comes in as an argument.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// So many patterns at most belong to one thing.
pub const MAX_PATTERNS: usize = 50;

/// Whether a text is a pattern of paths.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    !text.trim().is_empty() && Glob::new(text).is_ok()
}

/// The first of the changed paths that one of the patterns means. What is no pattern means nothing.
#[must_use]
pub fn first_match<'a>(patterns: &[String], changed: &'a [String]) -> Option<&'a str> {
    let set = set(patterns)?;
    changed.iter().map(String::as_str).find(|path| set.is_match(path.trim_start_matches('/')))
}

/// The paths that one of the patterns means, and the others, each in their order.
#[must_use]
pub fn matching<'a>(patterns: &[&str], paths: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    match set(patterns) {
        Some(set) => paths.iter().partition(|path| set.is_match(path)),
        None => (Vec::new(), paths.to_vec()),
    }
}

fn set(patterns: &[impl AsRef<str>]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|pattern| Glob::new(pattern.as_ref()).ok()) {
        builder.add(glob);
    }
    builder.build().ok()
}

/// Patterns as people write them: trimmed, each once, without empty ones.
///
/// # Errors
/// The first that is no pattern, or the first that is too many.
pub fn valid_patterns(patterns: &[String]) -> Result<Vec<String>, String> {
    let mut kept: Vec<String> = Vec::new();
    for pattern in patterns.iter().map(|pattern| pattern.trim()).filter(|pattern| !pattern.is_empty()) {
        if !is_pattern(pattern) || pattern.chars().count() > 300 || kept.len() >= MAX_PATTERNS {
            return Err(pattern.to_owned());
        }
        if !kept.iter().any(|known| known == pattern) {
            kept.push(pattern.to_owned());
        }
    }
    Ok(kept)
}

/// Why something that names patterns is touched by a change; `None` where it isn't. Paths that aren't known may be any.
#[must_use]
pub fn touched(patterns: &[String], changed: Option<&[String]>) -> Option<String> {
    if patterns.is_empty() {
        return None;
    }
    match changed {
        Some(changed) => first_match(patterns, changed).map(|path| format!("{path} was changed")),
        None => Some("which paths were changed is not known".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn all(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_change_touches_what_names_its_path() {
        let changed = all(&["README.md", "/web/basket/sum.ts"]);
        assert_eq!(touched(&all(&["web/basket/**"]), Some(&changed)), Some("/web/basket/sum.ts was changed".to_owned()));
        assert_eq!(touched(&all(&["docs/**"]), Some(&changed)), None);
        assert_eq!(touched(&all(&["docs/**"]), Some(&[])), None);
        assert!(touched(&all(&["docs/**"]), None).is_some(), "what isn't known is not taken for untouched");
        assert_eq!(touched(&[], None), None);
    }

    #[test]
    fn patterns_are_kept_once_and_a_wrong_one_is_told() {
        assert_eq!(valid_patterns(&all(&[" a/** ", "", "a/**", "*.md"])).unwrap(), all(&["a/**", "*.md"]));
        assert_eq!(valid_patterns(&all(&["a/**", "b[/"])).unwrap_err(), "b[/");
        let many: Vec<String> = (0..=MAX_PATTERNS).map(|n| format!("p{n}")).collect();
        assert!(valid_patterns(&many).is_err());
    }
}
