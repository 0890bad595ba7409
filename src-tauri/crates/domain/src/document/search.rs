//! Searching in documents: the words that are looked for, all of which must be there, and where one of them stands in a text. Must not
//! know a database: each compares [`folded`] texts.

/// So many words of a search count.
pub const MAX_TERMS: usize = 8;

/// So many characters stand around the place that was found.
const AROUND: usize = 70;

/// A text as it is compared: without capitals, and with one space between words.
#[must_use]
pub fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The words that are looked for, folded, each once.
#[must_use]
pub fn terms(query: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for term in query.split_whitespace().map(|term| term.chars().take(100).collect::<String>().to_lowercase()) {
        if terms.len() < MAX_TERMS && !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// Whether a folded text has all the words.
#[must_use]
pub fn matches(folded: &str, terms: &[String]) -> bool {
    terms.iter().all(|term| folded.contains(term.as_str()))
}

/// The text around the first of the words; its beginning where none is in it.
#[must_use]
pub fn excerpt(text: &str, terms: &[String]) -> String {
    let words: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    // Folded one by one, so that places stay the same: a letter may fold to several.
    let lower: Vec<char> = words.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let place = terms.iter().filter_map(|term| {
        let term: Vec<char> = term.chars().collect();
        lower.windows(term.len().max(1)).position(|window| window == term.as_slice())
    });
    let at = place.min().unwrap_or(0);
    let (from, to) = (at.saturating_sub(AROUND), (at + 2 * AROUND).min(words.len()));
    let middle: String = words.get(from..to).unwrap_or_default().iter().collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < words.len() { "…" } else { "" });
    format!("{before}{}{after}", middle.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_all_words_is_found_and_shown_where_it_says_so() {
        let text = format!("{} Restart the\n\nBasket service. {}", "x ".repeat(100), "y ".repeat(200));
        let wanted = terms("  basket RESTART basket ");
        assert_eq!(wanted, ["basket", "restart"]);
        assert!(matches(&folded(&text), &wanted));
        assert!(!matches(&folded(&text), &terms("basket stop")));
        let shown = excerpt(&text, &wanted);
        assert!(shown.starts_with('…') && shown.contains("Restart the Basket service.") && shown.ends_with('…'), "{shown}");
        assert_eq!(excerpt("Short", &terms("nothing")), "Short");
        assert_eq!(excerpt("", &terms("x")), "");
        assert!(excerpt("İ İ İ straße", &terms("straße")).contains("straße"));
    }
}
