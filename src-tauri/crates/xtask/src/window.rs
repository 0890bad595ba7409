//! Building the window's pages with npm.

use crate::error::{Error, Result};
use crate::workspace::{Workspace, digest_folder};

/// What npm and SvelteKit write themselves.
const MADE: [&str; 4] = ["node_modules", "build", ".svelte-kit", "test-results"];

/// Builds `ui/build`, unless its inputs are those of the last build.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let inputs = digest_folder(&workspace.ui(), &MADE)?;
    let page = workspace.ui().join("build/index.html");
    if workspace.unchanged("ui", inputs) && page.is_file() {
        return Ok(());
    }
    script(workspace, "build")?;
    if !page.is_file() {
        return Err(Error::Unmet(format!("`npm run build` succeeded without writing {}", page.display())));
    }
    workspace.record("ui", inputs)
}

/// Runs a script of `ui/package.json`.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Result<()> {
    workspace.npm().args(["run", name]).run()
}
