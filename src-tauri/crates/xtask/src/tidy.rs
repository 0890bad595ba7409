//! The house rules that no other tool checks. Each rule is a small function over the files of the clone and has a test
//! that shows how it fails. Reads files, changes none.

mod code;
mod kinds;
mod layers;
mod repository;
mod rust;
mod text;
mod tree;
mod ui;

use std::fmt;

use crate::error::{Error, Result};
use crate::workspace::Workspace;
use tree::Tree;

/// One place where a rule doesn't hold.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// Counted from 1; 0 for the file as a whole.
    line: usize,
    message: String,
}

impl Finding {
    fn file(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, message: message.into() }
    }

    fn line(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.path, self.message)
        } else {
            write!(f, "{}:{}: {}", self.path, self.line, self.message)
        }
    }
}

/// A rule.
type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule, by family.
const FAMILIES: [&[Rule]; 6] = [layers::RULES, kinds::RULES, rust::RULES, ui::RULES, text::RULES, repository::RULES];

/// Checks the clone; fails if a rule doesn't hold somewhere.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(&workspace.root)?;
    let mut findings: Vec<_> = FAMILIES.iter().flat_map(|rules| rules.iter()).flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    findings.dedup();
    if findings.is_empty() {
        eprintln!("tidy: {} files, nothing to say", tree.files().len());
        return Ok(());
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    let places = if findings.len() == 1 { "1 place".to_owned() } else { format!("{} places", findings.len()) };
    Err(Error::Unmet(format!("the house rules don't hold in {places}, named above")))
}
