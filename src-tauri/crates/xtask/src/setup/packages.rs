//! Which system packages the product needs, per purpose and per system. Data and lookups; installs nothing.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::command::Cmd;
use crate::error::Result;

/// What a machine is set up for. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Purpose {
    /// Building the product and opening its window.
    Run,
    /// The same on a machine without a display: a virtual one, with a keychain and notifications.
    Headless,
    /// Every test: also a database server and the driver of the window.
    Test,
}

/// A Debian package, for Ubuntu too.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is needed for.
    pub(crate) why: &'static str,
    purpose: Purpose,
    /// A file that makes the package unnecessary; `*` stands for one folder.
    instead: Option<&'static str>,
    /// Whether Ubuntu has it too.
    on_ubuntu: bool,
}

const fn package(purpose: Purpose, name: &'static str, why: &'static str) -> Package {
    Package { name, why, purpose, instead: None, on_ubuntu: true }
}

impl Package {
    const fn unless(mut self, file: &'static str) -> Self {
        self.instead = Some(file);
        self
    }

    /// Ubuntu has it as a snap at most: what needs it says there that it was skipped.
    const fn on_debian_only(mut self) -> Self {
        self.on_ubuntu = false;
        self
    }
}

/// Read from the build scripts of the locked crates and from what the tests start.
const DEBIAN: &[Package] = &[
    package(Purpose::Run, "build-essential", "C compiler and linker, also for the bundled SQLite"),
    package(Purpose::Run, "pkg-config", "finds the libraries below").unless("/usr/bin/pkg-config"),
    package(Purpose::Run, "libwebkit2gtk-4.1-dev", "the web view of the window"),
    package(Purpose::Run, "libgtk-3-dev", "the window itself"),
    package(Purpose::Run, "libdbus-1-dev", "the window's theme, over D-Bus"),
    package(Purpose::Run, "libayatana-appindicator3-1", "the tray icon, loaded when the app starts"),
    package(Purpose::Run, "git", "local repositories").unless("/usr/bin/git"),
    package(Purpose::Headless, "xvfb", "virtual display"),
    package(Purpose::Headless, "xauth", "keeps others off the virtual display"),
    package(Purpose::Headless, "openbox", "window manager on the virtual display"),
    package(Purpose::Headless, "imagemagick", "screenshots").unless("/usr/bin/import"),
    package(Purpose::Headless, "fonts-dejavu-core", "letters on the virtual display"),
    package(Purpose::Headless, "dbus", "a private session bus"),
    package(Purpose::Headless, "libglib2.0-bin", "waits for services on that bus").unless("/usr/bin/gdbus"),
    package(Purpose::Headless, "gnome-keyring", "a keychain on that bus"),
    package(Purpose::Headless, "dunst", "notifications on that bus"),
    package(Purpose::Test, "libsecret-tools", "looks into the keychain from outside"),
    package(Purpose::Test, "webkit2gtk-driver", "drives the real window"),
    package(Purpose::Test, "chromium", "the feedback form in a phone's browser").unless("/usr/bin/chromium").on_debian_only(),
    package(Purpose::Test, "chromium-driver", "drives that browser").unless("/usr/bin/chromedriver").on_debian_only(),
    package(Purpose::Test, "xdotool", "looks at windows from outside"),
    package(Purpose::Test, "wmctrl", "closes windows from outside"),
    package(Purpose::Test, "sqlite3", "looks into the database from outside"),
    package(Purpose::Test, "python3-venv", "independent clients that the practice range is held against"),
    package(Purpose::Test, "postgresql", "the database server for the store's tests").unless("/usr/lib/postgresql/*/bin/initdb"),
];

/// The libraries without which the product doesn't build on Linux, as pkg-config knows them.
pub(crate) const LINUX_LIBRARIES: [&str; 3] = ["webkit2gtk-4.1", "gtk+-3.0", "dbus-1"];

/// A family of systems with one way to install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Debian, Ubuntu and what derives from them.
    Debian,
    /// Fedora and what derives from it.
    Fedora,
    /// Arch Linux and what derives from it.
    Arch,
    /// openSUSE.
    Suse,
    /// Any other Linux.
    OtherLinux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Family {
    /// The family's name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian, Ubuntu",
            Self::Fedora => "Fedora",
            Self::Arch => "Arch Linux",
            Self::Suse => "openSUSE",
            Self::OtherLinux => "Linux; names as on Debian",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        }
    }

    /// What to install, in the words of the family's package manager.
    pub(crate) fn listing(self, purpose: Purpose) -> String {
        let (run, headless, test) = match self {
            Self::Debian | Self::OtherLinux => {
                return DEBIAN
                    .iter()
                    .filter(|package| package.purpose <= purpose)
                    .map(|package| package.name)
                    .collect::<Vec<_>>()
                    .join(" ");
            }
            Self::Fedora => (
                "gcc gcc-c++ make pkgconf-pkg-config webkit2gtk4.1-devel gtk3-devel dbus-devel libayatana-appindicator-gtk3 git",
                "xorg-x11-server-Xvfb xorg-x11-xauth openbox ImageMagick dejavu-sans-fonts dbus-daemon glib2 gnome-keyring dunst",
                "libsecret webkit2gtk4.1 xdotool wmctrl sqlite postgresql-server",
            ),
            Self::Arch => (
                "base-devel webkit2gtk-4.1 gtk3 dbus libayatana-appindicator git",
                "xorg-server-xvfb xorg-xauth openbox imagemagick ttf-dejavu glib2 gnome-keyring dunst",
                "libsecret xdotool wmctrl sqlite postgresql",
            ),
            Self::Suse => (
                "gcc gcc-c++ make pkg-config webkit2gtk3-devel gtk3-devel dbus-1-devel libayatana-appindicator3-1 git",
                "xorg-x11-server-Xvfb xauth openbox ImageMagick dejavu-fonts dbus-1-daemon glib2-tools gnome-keyring dunst",
                "libsecret-tools xdotool wmctrl sqlite3 postgresql-server",
            ),
            Self::MacOs => (
                "Xcode's command line tools (`xcode-select --install`)",
                "",
                "PostgreSQL (`brew install postgresql@17`); tests of the window run on Linux",
            ),
            Self::Windows => (
                "Visual Studio Build Tools with \"Desktop development with C++\"; the WebView2 runtime, part of Windows 11",
                "",
                "tests of the window and of PostgreSQL run on Linux",
            ),
        };
        let parts = [(Purpose::Run, run), (Purpose::Headless, headless), (Purpose::Test, test)];
        parts.iter().filter(|(part, text)| *part <= purpose && !text.is_empty()).map(|(_, text)| *text).collect::<Vec<_>>().join("\n  ")
    }
}

/// The family of this machine.
pub(crate) fn family() -> Family {
    if cfg!(windows) {
        Family::Windows
    } else if cfg!(target_os = "macos") {
        Family::MacOs
    } else {
        linux_family(&fs::read_to_string("/etc/os-release").unwrap_or_default())
    }
}

/// Whether this machine is Ubuntu, or what derives from it.
pub(crate) fn is_ubuntu() -> bool {
    ids(&fs::read_to_string("/etc/os-release").unwrap_or_default()).any(|id| id == "ubuntu")
}

/// What a system calls itself and what it is like, by os-release(5).
fn ids(os_release: &str) -> impl Iterator<Item = &str> {
    os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches(['"', '\'']).split_whitespace())
}

/// The family by os-release(5).
fn linux_family(os_release: &str) -> Family {
    let ids: Vec<_> = ids(os_release).collect();
    let is = |names: &[&str]| ids.iter().any(|id| names.contains(id));
    if is(&["debian", "ubuntu"]) {
        Family::Debian
    } else if is(&["fedora", "rhel", "centos"]) {
        Family::Fedora
    } else if is(&["arch"]) {
        Family::Arch
    } else if is(&["suse", "opensuse", "opensuse-tumbleweed", "opensuse-leap"]) {
        Family::Suse
    } else {
        Family::OtherLinux
    }
}

/// The installed packages of a Debian system.
pub(crate) fn installed_debian() -> Result<HashSet<String>> {
    let text = Cmd::new("dpkg-query").args(["--show", "--showformat", "${db:Status-Status} ${Package}\\n"]).output()?;
    Ok(text.lines().filter_map(|line| line.strip_prefix("installed ")).map(str::to_owned).collect())
}

/// The packages that `purpose` needs and that are not there.
pub(crate) fn missing(purpose: Purpose, installed: &HashSet<String>, is_ubuntu: bool) -> Vec<&'static Package> {
    DEBIAN
        .iter()
        .filter(|package| package.purpose <= purpose && (package.on_ubuntu || !is_ubuntu))
        .filter(|package| !installed.contains(package.name) && !package.instead.is_some_and(exists))
        .collect()
}

/// Whether a file exists; one `*` in the path stands for any folder.
fn exists(path: &str) -> bool {
    match path.split_once("/*/") {
        None => Path::new(path).exists(),
        Some((before, after)) => fs::read_dir(before).into_iter().flatten().flatten().any(|entry| entry.path().join(after).exists()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn systems_are_told_apart() {
        assert_eq!(linux_family("NAME=x\nID=debian\n"), Family::Debian);
        assert_eq!(linux_family("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Family::Debian);
        assert_eq!(linux_family("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"), Family::Fedora);
        assert_eq!(linux_family("ID=nixos\n"), Family::OtherLinux);
    }

    #[test]
    fn running_needs_less_than_testing() {
        let none = HashSet::new();
        let names = |purpose| missing(purpose, &none, false).iter().map(|package| package.name).collect::<HashSet<_>>();
        assert!(names(Purpose::Run).contains("libwebkit2gtk-4.1-dev"));
        assert!(!names(Purpose::Run).contains("xvfb"));
        assert!(names(Purpose::Headless).is_superset(&names(Purpose::Run)));
        assert!(names(Purpose::Test).contains("webkit2gtk-driver"));
        assert!(missing(Purpose::Test, &none, true).iter().all(|package| package.name != "chromium"), "a snap there");
    }

    #[test]
    fn installed_packages_are_not_missing() {
        let all = DEBIAN.iter().map(|package| package.name.to_owned()).collect();
        assert!(missing(Purpose::Test, &all, false).is_empty());
    }

    #[test]
    fn every_system_is_told_what_to_install() {
        let families = [Family::Debian, Family::Fedora, Family::Arch, Family::Suse, Family::OtherLinux, Family::MacOs, Family::Windows];
        for family in families {
            assert!(!family.listing(Purpose::Run).is_empty(), "{}", family.name());
            assert!(family.listing(Purpose::Test).len() > family.listing(Purpose::Run).len(), "{}", family.name());
        }
    }

    #[test]
    fn a_star_stands_for_any_version() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("15/bin")).unwrap();
        let path = |tail: &str| format!("{}/*/{tail}", dir.path().display());
        assert!(exists(&path("bin")));
        assert!(!exists(&path("sbin")));
    }
}
