//! What the clone as a whole holds, and what it must not hold.

use std::collections::BTreeSet;

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] =
    &[has_its_papers, migrations_pair_up, migrations_are_numbered_once, locks_name_no_registry, contracts_are_not_copied];

const PAPERS: [&str; 3] = ["LICENSE", "README.md", "CHANGELOG.md"];
/// What Cargo writes for the public registry, whatever registry a machine really uses.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Names of the providers' documents, which are read where they lie.
const CONTRACTS: [&str; 3] = ["github-rest.openapi.json", "gitlab-v4.swagger.json", "codepipeline-2015-07-09"];
/// From this size on, a description of an interface is somebody else's.
const CONTRACT_BYTES: usize = 64 * 1024;

fn has_its_papers(tree: &Tree) -> Vec<Finding> {
    PAPERS
        .iter()
        .filter(|name| tree.get(name).is_none_or(|file| file.text.trim().is_empty()))
        .map(|name| Finding::file(*name, "is missing or empty"))
        .collect()
}

fn migrations_pair_up(tree: &Tree) -> Vec<Finding> {
    let names = |engine: &str| -> BTreeSet<&str> {
        tree.ending(&[".sql"]).filter_map(|file| file.path.strip_prefix("migrations/")?.strip_prefix(engine)?.strip_prefix('/')).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let lonely = |name: &&str, engine: &str, other: &str| {
        Finding::file(
            format!("migrations/{engine}/{name}"),
            format!("has no counterpart in migrations/{other}: both have the same numbers and names"),
        )
    };
    let left = sqlite.difference(&postgres).map(|name| lonely(name, "sqlite", "postgres"));
    let right = postgres.difference(&sqlite).map(|name| lonely(name, "postgres", "sqlite"));
    left.chain(right).collect()
}

fn migrations_are_numbered_once(tree: &Tree) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for file in tree.ending(&[".sql"]).filter(|file| file.path.starts_with("migrations/")) {
        let folder = file.path.strip_suffix(file.name()).unwrap_or_default();
        match file.name().split_once('_').and_then(|(number, _)| number.parse::<u64>().ok()) {
            None => findings.push(Finding::file(&file.path, "a migration is named NUMBER_what_it_does.sql")),
            Some(number) if !seen.insert((folder, number)) => {
                findings.push(Finding::file(&file.path, format!("number {number} is taken by another migration")));
            }
            Some(_) => {}
        }
    }
    findings
}

fn locks_name_no_registry(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        for (number, line) in file.lines() {
            let line = line.trim();
            let named = match file.name() {
                "package-lock.json" => line.starts_with("\"resolved\": \"http"),
                "Cargo.lock" => line.strip_prefix("source = ").is_some_and(|source| source.trim_matches('"') != CRATES_IO),
                ".npmrc" => line.contains("registry=") || line.contains("_authToken"),
                "config.toml" if file.path.ends_with(".cargo/config.toml") => line.starts_with("[source") || line.starts_with("[registr"),
                _ => false,
            };
            if named {
                let message = "names a registry of one machine: lock files leave that open (npm: omit-lockfile-registry-resolved=true)";
                findings.push(Finding::line(&file.path, number, message));
            }
        }
    }
    findings
}

fn contracts_are_not_copied(tree: &Tree) -> Vec<Finding> {
    let message = "is a provider's document: tests read it where it lies, and skip where it is absent";
    tree.files()
        .iter()
        .filter(|file| {
            let named = CONTRACTS.iter().any(|name| file.name().starts_with(name));
            let head: String = file.text.chars().take(400).collect();
            let described = file.path.ends_with(".json") && (head.contains("\"openapi\"") || head.contains("\"swagger\""));
            named || described && file.text.len() >= CONTRACT_BYTES
        })
        .map(|file| Finding::file(&file.path, message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_papers_are_found() {
        let all = [("LICENSE", "Apache"), ("README.md", "# P"), ("CHANGELOG.md", "# C")];
        assert_eq!(has_its_papers(&Tree::of(&all)), []);
        assert_eq!(has_its_papers(&Tree::of(&all[..2])).len(), 1);
    }

    #[test]
    fn migrations_come_in_pairs_with_numbers_of_their_own() {
        let both = [("migrations/sqlite/0001_first.sql", ""), ("migrations/postgres/0001_first.sql", "")];
        assert_eq!(migrations_pair_up(&Tree::of(&both)), []);
        assert_eq!(migrations_are_numbered_once(&Tree::of(&both)), []);
        assert_eq!(migrations_pair_up(&Tree::of(&both[..1])).len(), 1);
        let twice = [("migrations/sqlite/0001_a.sql", ""), ("migrations/sqlite/0001_b.sql", ""), ("migrations/sqlite/first.sql", "")];
        assert_eq!(migrations_are_numbered_once(&Tree::of(&twice)).len(), 2);
    }

    #[test]
    fn lock_files_name_no_registry() {
        let check = |path, text: &str| locks_name_no_registry(&Tree::of(&[(path, text)])).len();
        assert_eq!(check("ui/package-lock.json", "  \"resolved\": \"https://registry.example.test/x.tgz\","), 1);
        assert_eq!(check("ui/package-lock.json", "  \"integrity\": \"sha512-x\","), 0);
        assert_eq!(check("Cargo.lock", &format!("source = \"{CRATES_IO}\"")), 0);
        assert_eq!(check("Cargo.lock", "source = \"registry+https://example.test/index\""), 1);
        assert_eq!(check("ui/.npmrc", "registry=https://example.test/"), 1);
        assert_eq!(check(".cargo/config.toml", "[source.crates-io]"), 1);
    }

    #[test]
    fn copies_of_contracts_are_found() {
        let check = |path, text: &str| contracts_are_not_copied(&Tree::of(&[(path, text)])).len();
        assert_eq!(check("tests/fixtures/github-rest.openapi.json", "{}"), 1);
        assert_eq!(check("tests/fixtures/api.json", &format!("{{\"openapi\": \"3.0.3\", \"x\": \"{}\"}}", "x".repeat(CONTRACT_BYTES))), 1);
        assert_eq!(check("tests/fixtures/api.json", "{\"openapi\": \"3.0.3\"}"), 0);
    }
}
