//! Who may know whom: dependencies point from the hosts to the domain, never back, and never sideways.

use super::code::{code, code_without_tests, has_word};
use super::tree::{SourceFile, Tree};
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] = &[own_dependencies, domain_is_pure, domain_depends_on_no_io, tauri_only_in_the_host];

const CRATES: &str = "src-tauri/crates/";
const ADAPTERS: [&str; 5] = ["store", "providers", "probes", "platform", "ledgers"];

/// What the domain must not call: input and output, clocks, chance, threads, the environment.
const IMPURE: [&str; 18] = [
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "async fn",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "Uuid::now_v7",
    "Uuid::now_v1",
    "Uuid::new_v4",
    "println!",
    "eprintln!",
    "include_str!",
];

/// Crates that the domain must not even have.
const IMPURE_CRATES: [&str; 12] =
    ["tokio", "tokio-util", "futures", "async-trait", "reqwest", "hyper", "sqlx", "octocrab", "keyring", "notify-rust", "rand", "tracing"];

/// The packages of ours that a package's own code may depend on; `None` for any.
fn allowed(package: &str) -> Option<&'static [&'static str]> {
    match package {
        "domain" | "range" | "xtask" => Some(&[]),
        "engine" => Some(&["domain"]),
        "form" => Some(&["domain", "engine"]),
        "report" => Some(&["domain"]),
        "api" => Some(&["domain", "engine", "report"]),
        adapter if ADAPTERS.contains(&adapter) => Some(&["domain", "engine"]),
        _ => None,
    }
}

/// Packages of ours that nobody's product code depends on: hosts, developer tools, tests.
const LEAVES: [&str; 5] = ["cli", "xtask", "tests", "desktop", "bench"];

fn own_dependencies(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (manifest, package) in packages(tree) {
        for name in dependencies(manifest, &["dependencies", "build-dependencies"]) {
            let Some(ours) = name.strip_prefix("pilothouse-") else {
                continue;
            };
            let leaf = LEAVES.contains(&ours) && !matches!(package, "tests" | "bench");
            if leaf || allowed(package).is_some_and(|allowed| !allowed.contains(&ours)) {
                let message = format!(
                    "`{package}` must not depend on `{ours}`: dependencies point hosts → api → engine → domain, adapters don't know each other"
                );
                findings.push(Finding::file(&manifest.path, message));
            }
        }
        // Tests may stand on an adapter, such as the store in memory; the domain's have no use for one.
        if package == "domain" {
            for name in dependencies(manifest, &["dev-dependencies"]) {
                if name.starts_with("pilothouse-") {
                    let message = format!("`domain` must not know `{name}`, not even in tests");
                    findings.push(Finding::file(&manifest.path, message));
                }
            }
        }
    }
    findings
}

fn domain_depends_on_no_io(tree: &Tree) -> Vec<Finding> {
    let Some(manifest) = tree.get("src-tauri/crates/domain/Cargo.toml") else {
        return Vec::new();
    };
    dependencies(manifest, &["dependencies", "build-dependencies"])
        .into_iter()
        .filter(|name| IMPURE_CRATES.contains(&name.as_str()))
        .map(|name| Finding::file(&manifest.path, format!("the domain does no I/O, so it has no use for `{name}`")))
        .collect()
}

fn domain_is_pure(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]).filter(|file| file.path.starts_with("src-tauri/crates/domain/src/") && !is_test(file)) {
        for (index, line) in code_without_tests(&file.text).lines().enumerate() {
            for path in IMPURE.iter().filter(|path| has_path(line, path)) {
                let message =
                    format!("`{path}` in the domain, which does no I/O, reads no clock and makes no ids: take the value as an argument");
                findings.push(Finding::line(&file.path, index + 1, message));
            }
        }
    }
    findings
}

fn tauri_only_in_the_host(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (manifest, package) in packages(tree).filter(|(_, package)| *package != "desktop") {
        for name in dependencies(manifest, &["dependencies", "build-dependencies", "dev-dependencies"]) {
            let exporter = package == "api" && name == "tauri-specta";
            if name.starts_with("tauri") && !exporter {
                findings.push(Finding::file(&manifest.path, format!("`{name}` belongs to the desktop host (src-tauri) alone")));
            }
        }
    }
    for file in tree.ending(&[".rs"]) {
        if file.path.starts_with("src-tauri/src/") || file.path == "src-tauri/build.rs" {
            continue;
        }
        for (index, line) in code(&file.text).lines().enumerate() {
            if has_path(line, "tauri::") {
                findings.push(Finding::line(&file.path, index + 1, "`tauri` appears only in src-tauri/src"));
            }
        }
    }
    findings
}

fn has_path(line: &str, path: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, _)| {
        let open_end = path.ends_with(['!', ':']);
        !line[..at].chars().next_back().is_some_and(part)
            && (open_end || has_word(&line[at..at + path.len()], path) && !line[at + path.len()..].chars().next().is_some_and(part))
    })
}

/// The manifests of the workspace's members with their short names.
fn packages(tree: &Tree) -> impl Iterator<Item = (&SourceFile, &str)> {
    tree.ending(&["Cargo.toml"]).filter_map(|file| match file.path.as_str() {
        "src-tauri/Cargo.toml" => Some((file, "desktop")),
        "tests/Cargo.toml" => Some((file, "tests")),
        path => Some((file, path.strip_prefix(CRATES)?.strip_suffix("/Cargo.toml")?)),
    })
}

/// The names in the given dependency tables of a manifest, those per target included.
fn dependencies(manifest: &SourceFile, tables: &[&str]) -> Vec<String> {
    let Ok(manifest) = manifest.text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let scopes = targets.filter_map(toml::Value::as_table).chain([&manifest]);
    let tables = scopes.flat_map(|scope| tables.iter().filter_map(|name| scope.get(*name)?.as_table()));
    let entry = |(name, value): (&String, &toml::Value)| {
        // A renamed dependency says its real name.
        value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
    };
    tables.flat_map(|table| table.iter().map(entry)).collect()
}

pub(super) fn is_test(file: &SourceFile) -> bool {
    file.path.contains("/tests/") || file.path.ends_with("/tests.rs") || file.path.ends_with("_tests.rs") || file.path.starts_with("tests/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "src-tauri/crates/domain/src/lib.rs";

    fn manifest(path: &str, text: &str, rule: Rule) -> usize {
        rule(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn dependencies_point_inwards() {
        let engine = "src-tauri/crates/engine/Cargo.toml";
        assert_eq!(manifest(engine, "[dependencies]\npilothouse-domain.workspace = true", own_dependencies), 0);
        assert_eq!(manifest(engine, "[dependencies]\npilothouse-store.workspace = true", own_dependencies), 1);
        let tests = "[dev-dependencies]\npilothouse-store.workspace = true";
        assert_eq!(manifest(engine, tests, own_dependencies), 0);
        let domain = "src-tauri/crates/domain/Cargo.toml";
        assert_eq!(manifest(domain, tests, own_dependencies), 1);
        let store = "src-tauri/crates/store/Cargo.toml";
        assert_eq!(manifest(store, "[dependencies]\npilothouse-engine.workspace = true", own_dependencies), 0);
        assert_eq!(manifest(store, "[target.'cfg(unix)'.dependencies]\npilothouse-providers.workspace = true", own_dependencies), 1);
        assert_eq!(manifest("src-tauri/Cargo.toml", "[dependencies]\npilothouse-cli.workspace = true", own_dependencies), 1);
        let renamed = "[dependencies]\nx = { package = \"pilothouse-store\", path = \"../store\" }";
        assert_eq!(manifest(engine, renamed, own_dependencies), 1);
    }

    #[test]
    fn the_domain_is_pure() {
        let check = |text| domain_is_pure(&Tree::of(&[(DOMAIN, text)])).len();
        assert_eq!(check("//! Never calls Utc::now.\nfn f(now: Timestamp) {}"), 0);
        assert_eq!(check("let t = Utc::now();"), 1);
        assert_eq!(check("use std::fs;"), 1);
        assert_eq!(check("use std::fs_like;"), 0);
        assert_eq!(check("async fn f() {}"), 1);
        assert_eq!(check("#[cfg(test)]\nmod tests { fn f() { std::fs::read(p); } }"), 0);
        let path = "src-tauri/crates/domain/Cargo.toml";
        assert_eq!(manifest(path, "[dependencies]\ntokio = \"1\"", domain_depends_on_no_io), 1);
        assert_eq!(manifest(path, "[dev-dependencies]\ntokio = \"1\"", domain_depends_on_no_io), 0);
    }

    #[test]
    fn tauri_stays_in_the_host() {
        let check = |path, text| tauri_only_in_the_host(&Tree::of(&[(path, text)])).len();
        assert_eq!(check("src-tauri/src/main.rs", "tauri::Builder::default();"), 0);
        assert_eq!(check("src-tauri/crates/api/src/lib.rs", "fn f(app: tauri::AppHandle) {}"), 1);
        assert_eq!(check("src-tauri/crates/api/Cargo.toml", "[dependencies]\ntauri = \"2\""), 1);
        assert_eq!(check("src-tauri/crates/api/Cargo.toml", "[dependencies]\ntauri-specta = \"2\""), 0);
    }
}
