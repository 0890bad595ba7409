//! The shape of Rust files.

use std::collections::BTreeMap;

use super::code::{code, has_word};
use super::tree::{SourceFile, Tree};
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] = &[opens_with_its_purpose, is_short, has_a_name_of_its_own, one_test_binary_per_package];

/// The most lines of a Rust file.
const LINES: usize = 600;
/// Names that say nothing of what is inside.
pub(super) const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "stuff"];

fn opens_with_its_purpose(tree: &Tree) -> Vec<Finding> {
    rust(tree)
        .filter(|file| !file.text.trim_start().starts_with("//!"))
        .map(|file| Finding::line(&file.path, 1, "opens with `//!`: what the file is for and what it must not do"))
        .collect()
}

fn is_short(tree: &Tree) -> Vec<Finding> {
    rust(tree).filter_map(|file| too_long(file, LINES)).collect()
}

/// A finding if the file has more than `most` lines.
pub(super) fn too_long(file: &SourceFile, most: usize) -> Option<Finding> {
    let lines = file.text.lines().count();
    (lines > most).then(|| Finding::file(&file.path, format!("{lines} lines, {most} at most: split it by what it is about")))
}

fn has_a_name_of_its_own(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust(tree) {
        let parts = file.path.trim_end_matches(".rs").split('/');
        if parts.clone().any(|part| EMPTY_NAMES.contains(&part)) {
            findings.push(Finding::file(&file.path, "a module is named by what it is about"));
        }
        for (index, line) in code(&file.text).lines().enumerate() {
            let inline = line.contains('{') && EMPTY_NAMES.iter().any(|name| has_word(line, &format!("mod {name}")));
            if inline {
                findings.push(Finding::line(&file.path, index + 1, "a module is named by what it is about"));
            }
        }
    }
    findings
}

fn one_test_binary_per_package(tree: &Tree) -> Vec<Finding> {
    let mut binaries: BTreeMap<&str, usize> = BTreeMap::new();
    for file in tree.ending(&[".rs"]) {
        if let Some((package, name)) = file.path.split_once("/tests/")
            && (!name.contains('/') || name.ends_with("/main.rs"))
        {
            *binaries.entry(package).or_default() += 1;
        }
    }
    binaries
        .into_iter()
        .filter(|(package, count)| package.starts_with("src-tauri") && *count > 1)
        .map(|(package, count)| {
            Finding::file(
                format!("{package}/tests"),
                format!("{count} test binaries; each links everything anew: one per package, with modules"),
            )
        })
        .collect()
}

fn rust(tree: &Tree) -> impl Iterator<Item = &SourceFile> {
    tree.ending(&[".rs"]).filter(|file| !file.is_generated())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_its_purpose() {
        let check = |text| opens_with_its_purpose(&Tree::of(&[("a.rs", text)])).len();
        assert_eq!(check("//! Is for a.\n"), 0);
        assert_eq!(check("// Is for a.\n"), 1);
        assert_eq!(check(""), 1);
    }

    #[test]
    fn long_files_are_found() {
        let check = |lines: usize| is_short(&Tree::of(&[("a.rs", &"x\n".repeat(lines))])).len();
        assert_eq!(check(LINES), 0);
        assert_eq!(check(LINES + 1), 1);
    }

    #[test]
    fn empty_names_are_found() {
        let check = |path, text| has_a_name_of_its_own(&Tree::of(&[(path, text)])).len();
        assert_eq!(check("src/utils.rs", ""), 1);
        assert_eq!(check("src/helpers/time.rs", ""), 1);
        assert_eq!(check("src/lib.rs", "mod utils { }"), 1);
        assert_eq!(check("src/utilisation.rs", "mod utility { }"), 0);
    }

    #[test]
    fn a_package_has_one_test_binary() {
        let one = [("src-tauri/crates/store/tests/main.rs", ""), ("src-tauri/crates/store/tests/contract/audit.rs", "")];
        assert_eq!(one_test_binary_per_package(&Tree::of(&one)), []);
        let two = [("src-tauri/crates/store/tests/a.rs", ""), ("src-tauri/crates/store/tests/b/main.rs", "")];
        assert_eq!(one_test_binary_per_package(&Tree::of(&two)).len(), 1);
    }
}
