//! Providers differ behind their port alone: nobody else asks which one it is.

use super::code::code_without_tests;
use super::layers::is_test;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] = &[provider_kinds_matched_at_home];

fn provider_kinds_matched_at_home(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]) {
        let home = file.path.starts_with("src-tauri/crates/providers/") || file.path.starts_with("src-tauri/crates/domain/src/connection");
        if home || is_test(file) {
            continue;
        }
        let code = code_without_tests(&file.text);
        for (at, _) in code.match_indices("ProviderKind::") {
            if is_matched(&code, at) {
                let line = code[..at].lines().count().max(1);
                let message = "a provider's kind is matched on only in providers/ and in the domain's connection module: ask the provider (its capabilities) instead";
                findings.push(Finding::line(&file.path, line, message));
            }
        }
    }
    findings
}

/// Whether `ProviderKind::X` at this place is a pattern or is compared with.
fn is_matched(code: &str, at: usize) -> bool {
    let before = code[..at].trim_end();
    let after = code[at + "ProviderKind::".len()..].trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
    let pattern = after.starts_with("=>") || after.starts_with("if ") || (after.starts_with('|') && !after.starts_with("||"));
    let compared =
        ["==", "!=", "if let", "while let"].iter().any(|sign| before.ends_with(sign)) || after.starts_with("==") || after.starts_with("!=");
    let matches = before.rfind("matches!(").is_some_and(|open| !before[open..].contains([';', '}']) && !before[open..].contains("))"));
    pattern || compared || matches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_kinds_are_matched_at_home() {
        let check = |path, text| provider_kinds_matched_at_home(&Tree::of(&[(path, text)])).len();
        let engine = "src-tauri/crates/engine/src/lib.rs";
        for text in [
            "match kind { ProviderKind::GitHub => 1, _ => 2 }",
            "match kind { ProviderKind::GitHub | ProviderKind::GitLab => 1, _ => 2 }",
            "if kind == ProviderKind::GitHub {}",
            "matches!(kind, ProviderKind::GitHub)",
            "if let ProviderKind::Jenkins = kind {}",
        ] {
            assert!(check(engine, text) > 0, "{text}");
            assert_eq!(check("src-tauri/crates/providers/src/lib.rs", text), 0);
            assert_eq!(check("src-tauri/crates/domain/src/connection.rs", text), 0);
        }
        assert_eq!(check(engine, "Connection { kind: ProviderKind::GitHub, name }"), 0);
        assert_eq!(check(engine, "new(ProviderKind::GitHub)"), 0);
        let finding = &provider_kinds_matched_at_home(&Tree::of(&[(engine, "//! x\n\nif k == ProviderKind::A {}")]));
        assert_eq!(finding.first().map(|finding| finding.line), Some(3));
    }
}
