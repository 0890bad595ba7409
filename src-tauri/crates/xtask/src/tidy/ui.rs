//! The shape of the window's sources, and its only door to Rust.

use super::rust::{EMPTY_NAMES, too_long};
use super::tree::{SourceFile, Tree};
use super::{Finding, Rule};

pub(super) const RULES: &[Rule] = &[speaks_through_the_api, styles_are_rules, is_short, has_a_name_of_its_own];

/// The folder that alone may speak to Rust.
const DOOR: &str = "ui/src/lib/api/";
const SVELTE_LINES: usize = 350;
const SCRIPT_LINES: usize = 500;

fn speaks_through_the_api(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in sources(tree).filter(|file| !file.path.starts_with(DOOR)) {
        for (number, line) in file.lines().filter(|(_, line)| !is_comment(line)) {
            let imports = line.contains("@tauri-apps/");
            let invokes = line.match_indices("invoke").any(|(at, word)| {
                let before = line[..at].chars().next_back();
                let called = line[at + word.len()..].starts_with(['(', '<']);
                called && !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$')
            });
            if imports || invokes || line.contains("__TAURI") {
                findings.push(Finding::line(&file.path, number, format!("the window reaches Rust only through {DOOR}")));
            }
        }
    }
    findings
}

fn styles_are_rules(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in sources(tree).filter(|file| file.path.ends_with(".svelte")) {
        for (number, line) in file.lines() {
            let attribute = line.match_indices("style=").any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(char::is_whitespace) && line[at + "style=".len()..].starts_with(['"', '\'', '{'])
            });
            if attribute {
                let message = "no `style=` attribute: the content security policy refuses it. Use a class, or Svelte's `style:property`";
                findings.push(Finding::line(&file.path, number, message));
            }
        }
    }
    findings
}

fn is_short(tree: &Tree) -> Vec<Finding> {
    let limit = |file: &SourceFile| {
        if file.path.ends_with(".svelte") { SVELTE_LINES } else { SCRIPT_LINES }
    };
    sources(tree).filter_map(|file| too_long(file, limit(file))).collect()
}

fn has_a_name_of_its_own(tree: &Tree) -> Vec<Finding> {
    sources(tree)
        .filter(|file| file.path.split('/').any(|part| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part))))
        .map(|file| Finding::file(&file.path, "a module is named by what it is about"))
        .collect()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") || line.starts_with("<!--")
}

fn sources(tree: &Tree) -> impl Iterator<Item = &SourceFile> {
    tree.ending(&[".svelte", ".ts", ".js"]).filter(|file| file.path.starts_with("ui/src/") && !file.is_generated())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_is_reached_through_one_door() {
        let check = |path, text| speaks_through_the_api(&Tree::of(&[(path, text)])).len();
        for text in ["import { listen } from '@tauri-apps/api/event';", "await invoke('x');", "invoke<string>('x')"] {
            assert_eq!(check("ui/src/routes/+page.svelte", text), 1, "{text}");
            assert_eq!(check("ui/src/lib/api/client.ts", text), 0, "{text}");
        }
        assert_eq!(check("ui/src/routes/+page.svelte", "// never call invoke() here\nreinvoke();"), 0);
    }

    #[test]
    fn style_attributes_are_found() {
        let check = |text| styles_are_rules(&Tree::of(&[("ui/src/lib/A.svelte", text)])).len();
        assert_eq!(check("<div style=\"color: red\">"), 1);
        assert_eq!(check("<div\n  style={x}>"), 1);
        assert_eq!(check("<div style:width={w}>\n<style lang=\"css\">"), 0);
        assert_eq!(check("<Button buttonstyle=\"x\" />"), 0);
    }

    #[test]
    fn long_files_and_empty_names_are_found() {
        let long = "x\n".repeat(SVELTE_LINES + 1);
        let files = [
            ("ui/src/lib/A.svelte", long.as_str()),
            ("ui/src/lib/a.ts", long.as_str()),
            ("ui/src/lib/api/bindings.ts", &"x\n".repeat(9_999)),
        ];
        assert_eq!(is_short(&Tree::of(&files)).len(), 1);
        assert_eq!(has_a_name_of_its_own(&Tree::of(&[("ui/src/lib/utils.ts", ""), ("ui/src/lib/time.ts", "")])).len(), 1);
    }
}
