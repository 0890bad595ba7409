//! A private desktop session: virtual display, window manager, D-Bus, keychain and notifications, apart from those of
//! the person at the machine. Nothing in it outlives it. Linux only; see [`Session::available`].

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::service::{READY, Service, StopBy, service_cmd};

/// The programs that a session is made of, beside the window manager.
const PROGRAMS: [&str; 6] = ["Xvfb", "xauth", "dbus-daemon", "gdbus", "gnome-keyring-daemon", "dunst"];
/// Unlocks the session's keychain, which is as short-lived as the session itself.
const KEYCHAIN_PASSWORD: &str = "pilothouse";

/// A running session.
pub(crate) struct Session {
    /// In the order of their starting; stopped in reverse.
    services: Vec<Service>,
    env: Vec<(String, OsString)>,
    display: String,
    authority: PathBuf,
    // Last: the folder goes when the services have stopped.
    dir: TempDir,
}

impl Session {
    /// Whether this machine can hold a session, and if not, why.
    pub(crate) fn available() -> Result<()> {
        if !cfg!(target_os = "linux") {
            return Err(Error::Unmet("a private desktop session needs Linux".to_owned()));
        }
        let missing: Vec<_> = PROGRAMS.into_iter().filter(|program| which(program).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::Unmet(format!("{} not found: run `cargo xtask setup --for headless`", missing.join(", "))))
    }

    /// Starts everything and waits until each part answers.
    pub(crate) fn start(size: &str) -> Result<Self> {
        Self::available()?;
        let dir = short_temp_dir()?;
        let at = |name: &str| dir.path().join(name);
        let logs = at("logs");
        for name in ["run", "data", "config", "state"] {
            make_private(&at(name))?;
        }

        let cookie = cookie()?;
        let authority = at("Xauthority");
        authorise(&at("Xauthority.server"), ":0", &cookie)?;
        let server = service_cmd("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0", &format!("{size}x24"), "-auth"])
            .arg(at("Xauthority.server"));
        let (display_server, number) = Service::start_until_line("xvfb", server, &logs)?;
        let display = format!(":{number}");
        authorise(&authority, &display, &cookie)?;

        let env: Vec<(String, OsString)> = [
            ("DISPLAY", OsString::from(&display)),
            ("XAUTHORITY", authority.clone().into()),
            ("XDG_RUNTIME_DIR", at("run").into()),
            ("XDG_DATA_HOME", at("data").into()),
            ("XDG_CONFIG_HOME", at("config").into()),
            ("XDG_STATE_HOME", at("state").into()),
            ("XDG_SESSION_TYPE", "x11".into()),
            ("GDK_BACKEND", "x11".into()),
            ("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", at("run/bus").display()).into()),
            // Without it the window stays black where there is no GPU.
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
            ("NO_AT_BRIDGE", "1".into()),
            ("PILOTHOUSE_TEST_SESSION", dir.path().into()),
            ("PILOTHOUSE_TEST_NOTIFICATIONS", logs.join("notifications.log").into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let mut session = Self { services: vec![display_server], env, display, authority, dir };

        let bus = session
            .cmd("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1", "--address"])
            .arg(format!("unix:path={}", session.path("run/bus").display()));
        let (bus, _address) = Service::start_until_line("dbus", bus, &logs)?;
        session.services.push(bus);

        let keychain = session.cmd("gnome-keyring-daemon").args(["--foreground", "--unlock", "--components=secrets"]);
        let keychain = Service::start_with_input("keyring", keychain, KEYCHAIN_PASSWORD, &logs)?;
        session.wait_for_name(keychain, "org.freedesktop.secrets")?;

        let rules = session.path("config/dunstrc");
        fs::write(&rules, "[global]\n    follow = none\n").map_err(Error::io(format!("writing {}", rules.display())))?;
        let notifications = session.cmd("dunst").arg("-config").arg(rules).arg("-print");
        let notifications = Service::start("notifications", notifications, &logs, StopBy::Terminate)?;
        session.wait_for_name(notifications, "org.freedesktop.Notifications")?;

        if which("openbox").is_some() {
            let manager = Service::start("openbox", session.cmd("openbox"), &logs, StopBy::Terminate)?;
            session.services.push(manager);
        }
        Ok(session)
    }

    /// What a program needs in its environment to run inside the session.
    pub(crate) fn env(&self) -> &[(String, OsString)] {
        &self.env
    }

    /// How to take a picture of the display from another terminal.
    pub(crate) fn screenshot_command(&self) -> String {
        format!("XAUTHORITY={} import -display {} -window root pilothouse.png", self.authority.display(), self.display)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn cmd(&self, program: &str) -> Cmd {
        service_cmd(program).envs(&self.env).env_remove("WAYLAND_DISPLAY")
    }

    fn wait_for_name(&mut self, mut service: Service, name: &str) -> Result<()> {
        let seconds = READY.as_secs().to_string();
        let wait = Cmd::new("gdbus").args(["wait", "--session", "--timeout", &seconds, name]).envs(&self.env);
        if wait.output().is_err() {
            // Says how the service ended, if it did.
            service.until(|| false)?;
        }
        self.services.push(service);
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        while let Some(service) = self.services.pop() {
            drop(service);
        }
    }
}

/// A folder for sockets, whose paths must stay below 108 bytes (unix(7)).
fn short_temp_dir() -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("pilothouse-");
    let long = std::env::temp_dir().as_os_str().len() > 40;
    let dir = if long { builder.tempdir_in("/tmp") } else { builder.tempdir() };
    dir.map_err(Error::io("making a temporary folder"))
}

fn make_private(dir: &Path) -> Result<()> {
    #[cfg(not(unix))]
    let builder = fs::DirBuilder::new();
    #[cfg(unix)]
    let builder = {
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
    };
    builder.create(dir).map_err(Error::io(format!("making {}", dir.display())))
}

/// Writes an authority file that admits who holds `cookie` (the server takes any display number).
fn authorise(file: &Path, display: &str, cookie: &str) -> Result<()> {
    fs::write(file, "").map_err(Error::io(format!("writing {}", file.display())))?;
    // Through the input: arguments are in the process list.
    let source = tempfile::NamedTempFile::new().map_err(Error::io("making a temporary file"))?;
    fs::write(source.path(), format!("add {display} . {cookie}\n")).map_err(Error::io("writing a temporary file"))?;
    Cmd::new("xauth").arg("-q").arg("-f").arg(file).arg("source").arg(source.path()).output().map(drop)
}

/// 128 random bits in hexadecimal.
pub(crate) fn cookie() -> Result<String> {
    let mut bytes = [0_u8; 16];
    let mut random = fs::File::open("/dev/urandom").map_err(Error::io("opening /dev/urandom"))?;
    std::io::Read::read_exact(&mut random, &mut bytes).map_err(Error::io("reading /dev/urandom"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a display of the person at the machine can be used.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
