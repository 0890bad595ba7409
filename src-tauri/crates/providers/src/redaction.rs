//! Makes foreign text fit to be shown and logged: no secret, no signed address, no control characters, not endless. Everything
//! that a server or a library says passes through here before it becomes part of an error.

use secrecy::{ExposeSecret, SecretString};

/// The longest text taken over from a server, in characters.
const LONGEST: usize = 600;

/// `text` without the secret, without the query of any address in it, on one line, and no longer than 600 characters.
pub(crate) fn clean(text: &str, secret: &SecretString) -> String {
    let secret = secret.expose_secret();
    let text = if secret.is_empty() { text.to_owned() } else { text.replace(secret, "[secret]") };
    let words: Vec<String> = text.split_whitespace().map(without_query).collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut short: String = line.chars().take(LONGEST).collect();
    short.push('…');
    short
}

/// A word without what follows `?` in an address: that is where signatures are.
fn without_query(word: &str) -> String {
    match word.find("://").and_then(|start| word[start..].find('?').map(|at| start + at)) {
        Some(at) => format!("{}?…", &word[..at]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_secret_nor_signature_nor_flood_gets_through() {
        let secret = SecretString::from("ghp_abc");
        assert_eq!(clean("bad\n token ghp_abc\u{7} (ghp_abc)", &secret), "bad token [secret] ([secret])");
        assert_eq!(clean("see https://blob.example/log?sig=AAA&se=1 now", &secret), "see https://blob.example/log?… now");
        assert_eq!(clean("why? because", &secret), "why? because");
        assert_eq!(clean(&"x".repeat(5000), &secret).chars().count(), LONGEST + 1);
    }

    #[test]
    fn an_empty_secret_replaces_nothing() {
        assert_eq!(clean("text", &SecretString::from("")), "text");
    }
}
