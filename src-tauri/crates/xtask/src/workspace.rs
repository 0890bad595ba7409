//! Where things are: the clone, the cache outside it, the shared target folder, and what Cargo says of the packages.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::command::Cmd;
use crate::error::{Error, Result};

/// What a build is for: decides its features, in whichever packages define them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuildFor {
    /// People: the window loads the built pages rather than a development server.
    Use,
    /// Tests: the same, and the engine can be stopped at its failpoints.
    Test,
}

impl BuildFor {
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Use => &["custom-protocol"],
            Self::Test => &["custom-protocol", "failpoints"],
        }
    }
}

/// The clone and the folders that belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// What commands keep between runs; outside the clone.
    pub(crate) cache: PathBuf,
    /// Cargo's output, shared by all commands.
    pub(crate) target: PathBuf,
    /// Whether nobody is there to answer a question: `CI=true`, or `--yes`.
    pub(crate) unattended: bool,
    /// Whether this is CI: what is committed is taken as it is.
    pub(crate) ci: bool,
}

impl Workspace {
    /// Finds the clone around this command.
    pub(crate) fn locate() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().map_err(Error::io("finding the working directory"))?,
        };
        let root = start
            .ancestors()
            .find(|dir| fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]")))
            .ok_or_else(|| Error::Unmet(format!("{} is not inside a clone of Pilothouse", start.display())))?
            .to_owned();
        let cache = cache_folder(|name| env::var_os(name).filter(|value| !value.is_empty()))
            .ok_or_else(|| Error::Unmet("no home folder is known: set PILOTHOUSE_CACHE to a folder for caches".to_owned()))?;
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => env::current_dir().map_err(Error::io("finding the working directory"))?.join(dir),
            None => cache.join("target"),
        };
        let ci = env::var_os("CI").is_some_and(|value| value == "true" || value == "1");
        Ok(Self { root, cache, target, unattended: ci, ci })
    }

    /// The window's package.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// Where programs installed for development live.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The folder of built programs, `debug` or `release`.
    pub(crate) fn programs(&self, release: bool) -> PathBuf {
        self.target.join(if release { "release" } else { "debug" })
    }

    /// The path of a built program.
    pub(crate) fn program(&self, name: &str, release: bool) -> PathBuf {
        self.programs(release).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Cargo in the clone, on the shared target folder.
    pub(crate) fn cargo(&self) -> Cmd {
        Cmd::cargo().dir(&self.root).env("CARGO_TARGET_DIR", &self.target)
    }

    /// npm in the window's package.
    pub(crate) fn npm(&self) -> Cmd {
        Cmd::new("npm").dir(self.ui())
    }

    /// `--features` for a build of the workspace, the same for every command with the same purpose, so that they
    /// share artifacts.
    pub(crate) fn feature_args(&self, purpose: BuildFor) -> Result<Vec<OsString>> {
        Ok(feature_args(features(&self.metadata()?, purpose)))
    }

    /// The same for a build of some packages alone.
    pub(crate) fn feature_args_of(&self, purpose: BuildFor, packages: &[String]) -> Result<Vec<OsString>> {
        let mut features = features(&self.metadata()?, purpose);
        features.retain(|feature| {
            let package = feature.split('/').next();
            packages.iter().any(|name| package == Some(name))
        });
        Ok(feature_args(features))
    }

    /// The names of the workspace's packages.
    pub(crate) fn packages(&self) -> Result<Vec<String>> {
        let metadata = self.metadata()?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        Ok(packages.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect())
    }

    fn metadata(&self) -> Result<serde_json::Value> {
        let text = self.cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
        serde_json::from_str(&text).map_err(|error| Error::Unmet(format!("`cargo metadata` wrote what can't be read: {error}")))
    }

    /// Whether `inputs` is what was recorded for `name` by [`Self::record`].
    pub(crate) fn unchanged(&self, name: &str, inputs: u64) -> bool {
        fs::read_to_string(self.stamp(name)).is_ok_and(|text| text == format!("{inputs:016x}"))
    }

    /// Records the inputs of something that has been made.
    pub(crate) fn record(&self, name: &str, inputs: u64) -> Result<()> {
        let path = self.stamp(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io(format!("making {}", folder.display())))?;
        }
        fs::write(&path, format!("{inputs:016x}")).map_err(Error::io(format!("writing {}", path.display())))
    }

    fn stamp(&self, name: &str) -> PathBuf {
        // Two clones of the product share the cache, but not what was made in them.
        self.cache.join("stamps").join(format!("{:016x}", digest(&self.root))).join(name)
    }

    /// Asks a yes-or-no question; `None` if nobody is there to answer.
    pub(crate) fn confirm(&self, question: &str) -> Result<Option<bool>> {
        if self.unattended {
            return Ok(Some(true));
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Ok(None);
        }
        eprint!("{question} [y/N] ");
        std::io::stderr().flush().map_err(Error::io("writing to the terminal"))?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(Error::io("reading the answer"))?;
        Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes")))
    }
}

/// `PILOTHOUSE_CACHE`, else the platform's cache folder.
fn cache_folder(var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(folder) = var("PILOTHOUSE_CACHE") {
        return Some(PathBuf::from(folder));
    }
    let base = var("XDG_CACHE_HOME")
        .or_else(|| if cfg!(windows) { var("LOCALAPPDATA") } else { None })
        .map(PathBuf::from)
        .or_else(|| var("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    Some(base.join("pilothouse"))
}

fn feature_args(features: Vec<String>) -> Vec<OsString> {
    if features.is_empty() {
        return Vec::new();
    }
    vec!["--features".into(), features.join(",").into()]
}

fn features(metadata: &serde_json::Value, purpose: BuildFor) -> Vec<String> {
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let Some(name) = package["name"].as_str() else {
            continue;
        };
        for feature in purpose.features() {
            if package["features"].get(feature).is_some() {
                found.push(format!("{name}/{feature}"));
            }
        }
    }
    found.sort();
    found
}

/// A digest to notice changes with, not to trust.
pub(crate) fn digest(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A digest over the names and contents of every file below `folder`, without the folders named in `except`.
pub(crate) fn digest_folder(folder: &Path, except: &[&str]) -> Result<u64> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(dir) = open.pop() {
        let entries = fs::read_dir(&dir).map_err(Error::io(format!("reading {}", dir.display())))?;
        for entry in entries {
            let entry = entry.map_err(Error::io(format!("reading {}", dir.display())))?;
            let kind = entry.file_type().map_err(Error::io(format!("reading {}", entry.path().display())))?;
            if kind.is_dir() {
                if !except.iter().any(|name| entry.file_name() == **name) {
                    open.push(entry.path());
                }
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(folder).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file).map_err(Error::io(format!("reading {}", file.display())))?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_cache_is_outside_the_clone_and_can_be_moved() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/h"));
        let moved = |name: &str| (name == "PILOTHOUSE_CACHE").then(|| OsString::from("/c"));
        assert_eq!(cache_folder(home), Some(PathBuf::from("/h/.cache/pilothouse")));
        assert_eq!(cache_folder(moved), Some(PathBuf::from("/c")));
        assert_eq!(cache_folder(|_| None), None);
    }

    #[test]
    fn features_are_those_that_packages_define() {
        let metadata = serde_json::json!({"packages": [
            {"name": "window", "features": {"custom-protocol": ["tauri/custom-protocol"], "default": []}},
            {"name": "core", "features": {"failpoints": []}},
            {"name": "plain", "features": {}},
        ]});
        assert_eq!(features(&metadata, BuildFor::Test), ["core/failpoints", "window/custom-protocol"]);
        assert_eq!(features(&metadata, BuildFor::Use), ["window/custom-protocol"]);
    }

    #[test]
    fn folder_digests_follow_names_and_contents_but_not_what_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("src")).unwrap();
        fs::create_dir_all(dir.path().join("node_modules")).unwrap();
        fs::write(dir.path().join("src/a.ts"), "1").unwrap();
        let digest = || digest_folder(dir.path(), &["node_modules"]).unwrap();
        let first = digest();
        fs::write(dir.path().join("node_modules/x.js"), "x").unwrap();
        assert_eq!(digest(), first);
        fs::write(dir.path().join("src/a.ts"), "2").unwrap();
        let second = digest();
        assert_ne!(second, first);
        fs::rename(dir.path().join("src/a.ts"), dir.path().join("src/b.ts")).unwrap();
        assert_ne!(digest(), second);
    }
}
