//! Real repositories in temporary folders, with a home of their own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod openpgp;

use super::*;
use std::ffi::OsString;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

struct Bench {
    dir: TempDir,
    git: GitProgram,
    clone: PathBuf,
}

impl Bench {
    /// A repository with three commits and the tag `v1.0.0` at the first of them; its folder's name holds spaces.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clone = dir.path().join("work of mira").join("check out");
        fs::create_dir_all(&clone).unwrap();
        fs::create_dir_all(dir.path().join("home")).unwrap();
        let git = GitProgram { runner: Runner::of(Path::new("git"), environment(&dir)) };
        let bench = Self { dir, git, clone };
        bench.sh(&["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [("user.name", "Mira Okafor"), ("user.email", "mira@example.com"), ("commit.gpgsign", "false")] {
            bench.sh(&["config", "--global", key, value]);
        }
        bench.commit("feat: the first cart");
        bench.sh(&["tag", "-a", "v1.0.0", "-m", "Checkout 1.0.0"]);
        bench.commit("fix: rounding of totals\n\nA long story.");
        bench.commit("feat!: carts of a week");
        bench
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(environment(&self.dir)).current_dir(&self.clone);
        command
    }

    /// What a person does in the clone.
    fn sh(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) -> String {
        self.sh(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.sh(&["rev-parse", "HEAD"])
    }

    /// A key of Mira's for signing with SSH; the file's path.
    fn ssh_key(&self, name: &str) -> PathBuf {
        let key = self.dir.path().join("home").join(name);
        let made = self.command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&key).status().unwrap();
        assert!(made.success());
        self.sh(&["config", "--global", "gpg.format", "ssh"]);
        self.sh(&["config", "--global", "user.signingkey", key.to_str().unwrap()]);
        key
    }

    fn trust(&self, who: &str, key: &Path) {
        let signers = self.dir.path().join("home").join("allowed_signers");
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(&signers, format!("{who} namespaces=\"git\" {public}")).unwrap();
        self.sh(&["config", "--global", "gpg.ssh.allowedSignersFile", signers.to_str().unwrap()]);
    }

    async fn signature(&self, tag: &str) -> TagSignature {
        self.git.signature(&self.clone, tag).await.unwrap()
    }
}

fn environment(dir: &TempDir) -> Vec<(OsString, OsString)> {
    let home = dir.path().join("home").into_os_string();
    let path = std::env::var_os("PATH").unwrap_or_default();
    vec![
        ("PATH".into(), path),
        ("HOME".into(), home.clone()),
        ("USERPROFILE".into(), home.clone()),
        ("XDG_CONFIG_HOME".into(), home),
        ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
    ]
}

#[tokio::test]
async fn tags_branches_and_commits_are_read_from_a_folder_with_spaces() {
    let bench = Bench::new();
    bench.sh(&["tag", "v1.1.0-rc.1", "HEAD"]);
    bench.sh(&["branch", "topic/carts"]);
    bench.sh(&["remote", "add", "origin", "https://mira:hunter2@git.example.test/nordwind/checkout.git"]);
    bench.sh(&["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    bench.sh(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let facts = bench.git.inspect(&bench.clone).await.unwrap();
    assert_eq!((facts.branch.as_deref(), facts.tags), (Some("main"), 2));
    assert_eq!(facts.path.canonicalize().unwrap(), bench.clone.canonicalize().unwrap());
    assert_eq!(facts.origin.as_deref(), Some("https://git.example.test/nordwind/checkout.git"), "without the password");

    let refs = bench.git.refs(&bench.clone).await.unwrap();
    let names = |kind| refs.iter().filter(|r| r.kind == kind).map(|r| r.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(SourceKind::Tag).len(), 2);
    assert_eq!(names(SourceKind::Branch), ["main", "topic/carts"]);
    let first = bench.sh(&["rev-parse", "v1.0.0^{commit}"]);
    assert_eq!(refs.iter().find(|r| r.name == "v1.0.0").unwrap().commit, first, "an annotated tag leads to its commit");
    let (head, fetched) = (bench.sh(&["rev-parse", "HEAD"]), bench.sh(&["rev-parse", "HEAD~1"]));
    let main = bench.git.resolve(&bench.clone, SourceKind::Branch, "main").await.unwrap();
    assert_eq!(main.commit, fetched, "what the remote has counts, not what is only here");
    assert_eq!(bench.git.resolve(&bench.clone, SourceKind::Tag, "v1.0.0").await.unwrap().commit, first);
    assert_eq!(bench.git.resolve(&bench.clone, SourceKind::Commit, &head[..9]).await.unwrap().commit, head);
    for (kind, name) in [(SourceKind::Tag, "v9"), (SourceKind::Tag, "--all"), (SourceKind::Branch, "a b"), (SourceKind::Commit, "main")] {
        assert!(bench.git.resolve(&bench.clone, kind, name).await.unwrap_err().is_missing, "{name}");
    }
    let commits = bench.git.commits(&bench.clone, &head, 2).await.unwrap();
    assert_eq!(commits.iter().map(|c| c.title.as_str()).collect::<Vec<_>>(), ["feat!: carts of a week", "fix: rounding of totals"]);
    assert!(commits[0].breaking && commits[0].at.is_some() && commits[0].author == "Mira Okafor");
}

#[tokio::test]
async fn a_comparison_counts_both_ways_and_a_part_of_a_history_is_refused() {
    let bench = Bench::new();
    bench.sh(&["checkout", "--quiet", "-b", "side", "v1.0.0"]);
    let side = bench.commit("perf: faster totals");
    let compared = bench.git.compare(&bench.clone, &side, "main").await.unwrap();
    assert_eq!((compared.ahead, compared.behind), (2, 1));
    assert_eq!(compared.commits[0].title, "feat!: carts of a week");
    assert_eq!(bench.git.compare(&bench.clone, "v1.0.0", "v1.0.0").await.unwrap().commits, []);
    let gone = "0123456789012345678901234567890123456789";
    assert!(bench.git.compare(&bench.clone, gone, "main").await.unwrap_err().is_missing);

    let shallow = bench.dir.path().join("shallow");
    let from = format!("file://{}", bench.clone.display());
    bench.sh(&["clone", "--quiet", "--depth=1", "--no-single-branch", &from, shallow.to_str().unwrap()]);
    let refusal = bench.git.compare(&shallow, "side", "main").await.unwrap_err();
    assert!(refusal.next_step.contains("--unshallow"), "{refusal:?}");
}

#[tokio::test]
async fn a_signed_tag_names_its_signer_and_whatever_was_tampered_with_is_bad() {
    let bench = Bench::new();
    bench.sh(&["tag", "light"]);
    assert_eq!(bench.signature("light").await, TagSignature::Lightweight);
    assert_eq!(bench.signature("v1.0.0").await, TagSignature::Unsigned);

    let key = bench.ssh_key("mira");
    bench.sh(&["tag", "-s", "v2.0.0", "-m", "Checkout 2.0.0"]);
    let TagSignature::Unknown { key: fingerprint, next_step } = bench.signature("v2.0.0").await else { panic!("nobody is trusted yet") };
    assert!(fingerprint.contains("SHA256:") && next_step.contains("allowedSignersFile"), "{fingerprint} {next_step}");
    bench.trust("mira@example.com", &key);
    let TagSignature::Good { by, key: shown } = bench.signature("v2.0.0").await else { panic!("mira is trusted now") };
    assert_eq!((by.as_str(), shown), ("mira@example.com", fingerprint));

    // The message is changed, and the signature kept.
    let object = bench.sh(&["cat-file", "tag", "v2.0.0"]).replace("Checkout 2.0.0", "Checkout 6.6.6") + "\n";
    let file = bench.dir.path().join("tampered");
    fs::write(&file, &object).unwrap();
    let tampered = bench.sh(&["hash-object", "-t", "tag", "-w", file.to_str().unwrap()]);
    bench.sh(&["update-ref", "refs/tags/v2.0.0", &tampered]);
    assert!(matches!(bench.signature("v2.0.0").await, TagSignature::Bad { .. }), "{:?}", bench.signature("v2.0.0").await);

    // A good signature under another name is none for that name.
    bench.sh(&["tag", "-s", "v2.0.1", "-m", "Checkout 2.0.1"]);
    let signed = bench.sh(&["rev-parse", "v2.0.1"]);
    bench.sh(&["update-ref", "refs/tags/v3.0.0", &signed]);
    let TagSignature::Bad { reason } = bench.signature("v3.0.0").await else { panic!("a renamed tag passes") };
    assert!(reason.contains("v2.0.1"), "{reason}");
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_that_the_clone_s_configuration_names_is_run_or_trusted() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let key = bench.ssh_key("mallory");
    bench.sh(&["tag", "-s", "v2.0.0", "-m", "Checkout 2.0.0"]);
    let mark = bench.dir.path().join("it-ran");
    let trap = bench.dir.path().join("trap");
    fs::write(&trap, format!("#!/bin/sh\ntouch '{}'\necho 'Good \"git\" signature for mira@example.com with X'\n", mark.display()))
        .unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.to_str().unwrap();
    let signers = bench.clone.join(".git").join("signers");
    fs::write(&signers, format!("mira@example.com {}", fs::read_to_string(key.with_extension("pub")).unwrap())).unwrap();
    let hooks = bench.clone.join(".git").join("hooks");
    fs::create_dir_all(&hooks).unwrap();
    fs::copy(trap, hooks.join("post-checkout")).unwrap();
    for (name, value) in [
        ("core.fsmonitor", trap),
        ("core.pager", trap),
        ("core.sshCommand", trap),
        ("core.hooksPath", hooks.to_str().unwrap()),
        ("pager.log", trap),
        ("gpg.program", trap),
        ("gpg.ssh.program", trap),
        ("gpg.ssh.defaultKeyCommand", trap),
        ("gpg.ssh.allowedSignersFile", signers.to_str().unwrap()),
        ("log.showSignature", "true"),
        ("diff.external", trap),
        ("credential.helper", trap),
        ("alias.log", &format!("!{trap}")),
        ("remote.origin.url", &format!("ext::{trap}")),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryformatversion", "1"),
    ] {
        bench.sh(&["config", "--local", name, value]);
    }
    let (git, clone) = (&bench.git, &bench.clone);
    git.inspect(clone).await.unwrap();
    git.refs(clone).await.unwrap();
    git.commits(clone, "main", 10).await.unwrap();
    git.compare(clone, "v1.0.0", "main").await.unwrap();
    // An object that isn't there must not be fetched.
    git.resolve(clone, SourceKind::Commit, "0123456789012345678901234567890123456789").await.unwrap_err();
    assert!(matches!(bench.signature("v2.0.0").await, TagSignature::Unknown { .. }), "{:?}", bench.signature("v2.0.0").await);
    assert!(!mark.exists(), "something of the clone's configuration was run");
}

#[tokio::test]
async fn what_is_no_clone_is_refused_with_the_way_out() {
    let bench = Bench::new();
    let nothing = bench.git.inspect(&bench.dir.path().join("nowhere")).await.unwrap_err();
    assert!(nothing.message.contains("no folder"), "{nothing:?}");
    let plain = bench.git.inspect(bench.dir.path()).await.unwrap_err();
    assert!(plain.message.contains("no clone"), "{plain:?}");
    let inside = bench.git.inspect(&bench.clone.join(".git")).await.unwrap_err();
    assert!(inside.message.contains("inside of a clone"), "{inside:?}");
    let absent = GitProgram { runner: Runner::of(Path::new("git-that-nobody-installed"), environment(&bench.dir)) };
    let absent = absent.inspect(&bench.clone).await.unwrap_err();
    assert!(absent.message.contains("isn't installed") && absent.next_step.contains("git --version"), "{absent:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_of_somebody_else_is_refused_with_the_words_that_allow_it() {
    let bench = Bench::new();
    let owned = std::os::unix::fs::chown(&bench.clone, Some(4711), Some(4711));
    if owned.is_err() {
        eprintln!("skipped: only the superuser can give a folder away");
        return;
    }
    let refusal = bench.git.inspect(&bench.clone).await.unwrap_err();
    assert!(refusal.message.contains("somebody else") && refusal.next_step.contains("safe.directory"), "{refusal:?}");
    bench.command("git").current_dir(bench.dir.path()).args(["config", "--global", "safe.directory", "*"]).status().unwrap();
    bench.git.inspect(&bench.clone).await.unwrap();
}
