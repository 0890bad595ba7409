//! What of a Rust file is code: comments, texts and tests are blanked out, line for line, so that a rule about code
//! isn't broken by a sentence. Knows just enough of the language for that.

/// The file without comments and the contents of literals; every line stays where it is.
pub(super) fn code(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => text(rest),
            ['r', '"' | '#', ..] if !ends_with_word(&out) => raw_text(rest),
            ['\'', ..] => character(rest),
            _ => 0,
        };
        if length == 0 {
            out.push(rest[0]);
            at += 1;
        } else {
            out.extend(rest[..length].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    out
}

/// The same without test modules, which may do what the code must not.
pub(super) fn code_without_tests(source: &str) -> String {
    let mut code = code(source);
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(").map(|found| from + found) {
        let Some(end) = code[start..].find(']').map(|found| start + found) else {
            break;
        };
        from = end;
        let names_test = code[start..end].split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "test");
        if !names_test || code[start..end].contains("not(test") {
            continue;
        }
        let close = item_end(&code[end..]).map_or(code.len(), |length| end + length);
        let blank: String = code[start..close].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        code.replace_range(start..close, &blank);
        from = start + blank.len();
    }
    code
}

/// Whether `word` stands in `line` on its own, not as a part of a longer name.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// The length of the item that begins in `code`: up to its `;`, or to the brace that closes its first one.
fn item_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return Some(at + 1),
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn ends_with_word(out: &str) -> bool {
    // `br"…"` is a raw text too; any other word before the `r` makes it a part of a name.
    let before = out.strip_suffix('b').unwrap_or(out);
    before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn block_comment(chars: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => {
                depth += 1;
                at += 2;
            }
            ('*', '/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

fn text(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_text(chars: &[char]) -> usize {
    let hashes = chars[1..].iter().take_while(|c| **c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        // A raw identifier such as `r#type`.
        return 0;
    }
    let end = |at: usize| chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (2 + hashes..chars.len()).find(|at| end(*at)).map_or(chars.len(), |at| at + 1 + hashes)
}

/// The length of a character literal; 0 for a lifetime.
fn character(chars: &[char]) -> usize {
    match chars {
        ['\'', '\\', ..] => chars[3..].iter().position(|c| *c == '\'').map_or(0, |at| at + 4),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_no_code() {
        let source = "a(); // b()\n/* c() /* d() */ e() */ f(\"g() \\\" h()\");\nlet i = r#\"j() \" k()\"#; l('\"', '\\'', m::<'n>());";
        let code = code(source);
        for name in ["a()", "f(", "let i", "l(", "m::<'n>()"] {
            assert!(code.contains(name), "{name} in {code}");
        }
        for name in ["b()", "c()", "d()", "e()", "g()", "h()", "j()", "k()"] {
            assert!(!code.contains(name), "{name} in {code}");
        }
        assert_eq!(code.lines().count(), source.lines().count());
    }

    #[test]
    fn tests_are_left_out_and_what_follows_them_is_not() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { {} } }\nfn c() {}\n#[cfg(all(test, unix))]\nuse d;\nfn e() {}\n#[cfg(not(test))]\nfn f() {}";
        let code = code_without_tests(source);
        assert!(["fn a", "fn c", "fn e", "fn f"].iter().all(|part| code.contains(part)), "{code}");
        assert!(!code.contains("fn b") && !code.contains("use d"), "{code}");
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use tokio::time;", "tokio"));
        assert!(!has_word("tokio_util::x", "tokio"));
    }
}
