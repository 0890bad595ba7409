//! What no text of the clone says, whatever its language.

use super::code::has_word;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] = &[nothing_left_for_later, no_paths_of_a_machine, ends_with_a_line];

/// Written in parts, so that this file keeps its own rule.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
/// Folders that only the machines have on which the product is made; the maker's home folder comes to these.
const MACHINE: [&str; 4] = [concat!("/wo", "rk/main"), concat!("/wo", "rk/shared"), concat!("/ro", "ot/"), concat!("/home/", "runner/")];
/// Lock files are written by tools and hold names of other people's making.
const WRITTEN_BY_TOOLS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

fn nothing_left_for_later(tree: &Tree) -> Vec<Finding> {
    each_line(tree, |line| {
        let word = LATER.iter().find(|word| has_word(line, word))?;
        Some(format!("{word}: finish it, or write it down as an issue"))
    })
}

fn no_paths_of_a_machine(tree: &Tree) -> Vec<Finding> {
    let home = tree.home().map(|home| format!("{}/", home.trim_end_matches('/')));
    let folders: Vec<_> = MACHINE.into_iter().chain(home.as_deref()).collect();
    each_line(tree, |line| {
        let path = folders.iter().find(|path| names_folder(line, path))?;
        Some(format!("`{path}…` is a folder of one machine: use a relative path, or ~"))
    })
}

/// Whether the line names the folder; where that ends with `/`, a name must follow.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        // A part of a longer path or of an address is no folder of a machine.
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || "._-/~}".contains(c));
        let word = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
        begins && (!folder.ends_with('/') || line[at + folder.len()..].starts_with(word))
    })
}

fn ends_with_a_line(tree: &Tree) -> Vec<Finding> {
    tree.ending(&[".rs", ".ts", ".svelte", ".sql", ".md", ".toml", ".yml", ".css"])
        .filter(|file| !file.text.is_empty() && !file.text.ends_with('\n'))
        .map(|file| Finding::file(&file.path, "the last line has no end"))
        .collect()
}

fn each_line(tree: &Tree, rule: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files().iter().filter(|file| !WRITTEN_BY_TOOLS.contains(&file.name())) {
        for (number, line) in file.lines() {
            if let Some(message) = rule(line) {
                findings.push(Finding::line(&file.path, number, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_for_later_is_found() {
        let check = |text: &str| nothing_left_for_later(&Tree::of(&[("a.md", text)])).len();
        for word in LATER {
            assert_eq!(check(&format!("// {word}: later")), 1, "{word}");
        }
        assert_eq!(check("METODOLOGIA"), 0);
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        let check = |text: &str| no_paths_of_a_machine(&Tree::of(&[("a.md", text)])).len();
        for path in MACHINE {
            assert_eq!(check(&format!("see {path}someone/x")), 1, "{path}");
        }
        assert_eq!(check(&format!("see {}/.cache", crate::tidy::tree::HOME_IN_TESTS)), 1);
        assert_eq!(check("/home/ada/.local is an example"), 0);
        assert_eq!(check(&format!("https://example.test{}someone", MACHINE[2])), 0);
        assert_eq!(check("~/.cache, /usr/lib, src/home/page"), 0);
    }

    #[test]
    fn files_end_with_a_line() {
        assert_eq!(ends_with_a_line(&Tree::of(&[("a.rs", "//! x"), ("b.rs", "//! x\n")])).len(), 1);
    }
}
