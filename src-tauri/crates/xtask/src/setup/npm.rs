//! The window's npm packages: installed as the lock file says, and not again while they are.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// `npm ci`, unless what is installed is what the lock file says.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let lock = workspace.ui().join("package-lock.json");
    let lock = std::fs::read_to_string(&lock).map_err(Error::io(format!("reading {}", lock.display())))?;
    // npm keeps what it installed in this file.
    let book = workspace.ui().join("node_modules/.package-lock.json");
    if std::fs::read_to_string(book).is_ok_and(|book| matches(&lock, &book)) {
        return Ok(());
    }
    workspace.npm().args(["ci", "--no-audit", "--no-fund"]).run()
}

/// Whether npm's book of installed packages is what a lock file asks for. Optional packages may be left out: they are
/// those of other platforms.
fn matches(lock: &str, book: &str) -> bool {
    let (Some(wanted), Some(installed)) = (packages(lock), packages(book)) else {
        return false;
    };
    let same = |a: &Value, b: &Value| a["version"] == b["version"] && a["integrity"] == b["integrity"];
    let is_there = |name: &String, package: &Value| match installed.get(name) {
        Some(found) => same(package, found),
        None => package["optional"] == Value::Bool(true) || package["devOptional"] == Value::Bool(true),
    };
    // The entry with the empty name is our own package.
    wanted.iter().filter(|(name, _)| !name.is_empty()).all(|(name, package)| is_there(name, package))
        && installed.keys().all(|name| wanted.contains_key(name))
}

fn packages(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str::<Value>(text).ok()?.get_mut("packages")?.take() {
        Value::Object(packages) => Some(packages),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_compared_with_the_lock_file() {
        let lock = r#"{"packages": {"": {"version": "1"}, "node_modules/a": {"version": "1.0.0", "integrity": "x"},
            "node_modules/b-win": {"version": "2.0.0", "optional": true}}}"#;
        let book = r#"{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "x"}}}"#;
        assert!(matches(lock, book));
        assert!(!matches(lock, &book.replace("1.0.0", "1.0.1")));
        assert!(!matches(lock, r#"{"packages": {}}"#));
        assert!(!matches(r#"{"packages": {"": {}}}"#, book));
        assert!(!matches(lock, ""));
    }
}
