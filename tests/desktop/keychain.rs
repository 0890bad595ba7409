//! A keychain on a D-Bus of its own, which a test may lock without locking it for others. Whoever asks to unlock it is sent away:
//! the person at the machine dismisses the prompt.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

/// The collection that GNOME Keyring unlocks with the login.
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// What asks a person for the keychain's password, as GNOME Keyring calls it (gcr, `org.gnome.keyring.internal.Prompter`).
struct DismissingPrompter;

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl DismissingPrompter {
    fn begin_prompting(
        &self,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
        callback: OwnedObjectPath,
    ) {
        let keychain = header.sender().expect("a bus names its senders").to_owned();
        let caller = bus.clone();
        let dismiss = async move {
            let callbacks = Some("org.gnome.keyring.internal.Prompter.Callback");
            caller.call_method(Some(keychain), callback, callbacks, "PromptDone", &()).await.unwrap();
        };
        // After the answer to this call: the keychain hears nothing else until then.
        bus.executor().spawn(dismiss, "dismiss a prompt").detach();
    }

    fn perform_prompt(&self, _callback: OwnedObjectPath, _kind: &str, _properties: HashMap<String, OwnedValue>, _exchange: &str) {}

    fn stop_prompting(&self, _callback: OwnedObjectPath) {}
}

/// A running bus with a keychain.
pub(super) struct Keychain {
    prompts: zbus::Connection,
    bus: Child,
    daemon: Child,
    environment: Vec<(&'static str, OsString)>,
    _folder: TempDir,
}

impl Keychain {
    /// An unlocked, empty keychain.
    pub(super) async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pilothouse-keychain-").tempdir_in("/tmp").unwrap();
        for name in ["run", "data"] {
            std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(folder.path().join(name)).unwrap();
        }
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1", "--address"]);
        bus.arg(format!("unix:path={}", folder.path().join("run/bus").display()));
        let mut bus = bus.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let mut daemon = Command::new("gnome-keyring-daemon");
        daemon.args(["--foreground", "--unlock", "--components=secrets"]).envs(environment(folder.path(), &address));
        let mut daemon = daemon.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        daemon.stdin.take().unwrap().write_all(b"pilothouse").unwrap();
        let mut wait = Command::new("gdbus");
        wait.args(["wait", "--session", "--timeout", "30", "org.freedesktop.secrets"]).envs(environment(folder.path(), &address));
        let waited = wait.status().unwrap();
        assert!(waited.success(), "no keychain came up");
        let prompts = zbus::connection::Builder::address(address.as_str()).unwrap();
        let prompts = prompts.serve_at("/org/gnome/keyring/Prompter", DismissingPrompter).unwrap();
        let prompts = prompts.name("org.gnome.keyring.SystemPrompter").unwrap().build().await.unwrap();
        Self { prompts, bus, daemon, environment: environment(folder.path(), &address), _folder: folder }
    }

    /// What a program needs in its environment to use this keychain.
    pub(super) fn environment(&self) -> &[(&'static str, OsString)] {
        &self.environment
    }

    /// Locks it, as leaving the desk does.
    pub(super) async fn lock(&self) {
        let collection = ObjectPath::try_from(LOGIN).unwrap();
        let answer = self
            .prompts
            .call_method(
                Some("org.freedesktop.secrets"),
                "/org/freedesktop/secrets",
                Some("org.freedesktop.Secret.Service"),
                "Lock",
                &(vec![collection],),
            )
            .await
            .unwrap();
        let (locked, _prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = answer.body().deserialize().unwrap();
        assert_eq!(locked.len(), 1, "the keychain was locked");
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        for process in [&mut self.daemon, &mut self.bus] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn environment(folder: &Path, address: &str) -> Vec<(&'static str, OsString)> {
    vec![
        ("DBUS_SESSION_BUS_ADDRESS", address.into()),
        ("XDG_RUNTIME_DIR", folder.join("run").into()),
        ("XDG_DATA_HOME", folder.join("data").into()),
    ]
}
