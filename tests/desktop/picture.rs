//! Pictures of the window: those of tests for who looks into a failure, those of named screens for the user's guide.

use super::page::Page;
use super::surroundings::root;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Set to `write` to make the guide's pictures anew; otherwise only missing ones are made, so that a test run leaves the clone as it
/// was.
const GUIDE_VAR: &str = "PILOTHOUSE_GUIDE";

/// Keeps a picture of the window in the build's folder for tests, and says where.
pub(super) async fn keep(page: &Page, name: &str) -> PathBuf {
    let folder = env::var_os("PILOTHOUSE_PICTURES").map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures"), PathBuf::from);
    let path = folder.join(format!("{name}.png"));
    write(&path, &page.picture().await);
    path
}

/// Keeps a picture of a screen, for the guide too: `docs/guide/NAME.png`.
pub(super) async fn guide(page: &Page, name: &str) {
    let kept = keep(page, name).await;
    let path = root().join("docs/guide").join(format!("{name}.png"));
    if !path.exists() || env::var_os(GUIDE_VAR).is_some_and(|value| value == "write") {
        write(&path, &fs::read(kept).unwrap());
    }
}

fn write(path: &Path, picture: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, picture).unwrap_or_else(|error| panic!("{} can't be written: {error}", path.display()));
}
