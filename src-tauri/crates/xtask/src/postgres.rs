//! A throw-away PostgreSQL server for tests: a fresh cluster in a temporary folder, on a free loopback port, gone when
//! dropped. Never touches a server that the machine already runs.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::service::{Service, StopBy, service_cmd};
use crate::session::cookie;
use crate::setup;

/// Where Debian's packages put each version's programs.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The superuser of the cluster.
const USER: &str = "pilothouse";
/// Accounts that may own the cluster when we are root, which PostgreSQL refuses to be.
const OWNERS: [&str; 2] = ["postgres", "nobody"];
/// Another program may take the free port before the server does.
const ATTEMPTS: usize = 3;

/// A running server.
pub(crate) struct Postgres {
    // Before the folder: the server stops before its files go.
    _server: Service,
    url: String,
    _dir: TempDir,
}

/// An account of this machine.
struct Owner {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// Makes the cluster, starts the server and waits until it answers.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs().ok_or_else(|| {
            Error::Unmet(
                "PostgreSQL's initdb is neither under /usr/lib/postgresql nor on PATH: run `cargo xtask setup --for test`".to_owned(),
            )
        })?;
        let owner = if setup::is_root()? { Some(owner()?) } else { None };
        let dir = tempfile::Builder::new()
            .prefix("pilothouse-postgres-")
            .tempdir_in(if cfg!(unix) { PathBuf::from("/tmp") } else { std::env::temp_dir() })
            .map_err(Error::io("making a temporary folder"))?;
        give(dir.path(), owner.as_ref())?;
        let password = cookie()?;
        initialise(&programs, dir.path(), owner.as_ref(), &password)?;

        let mut tried = 0;
        loop {
            tried += 1;
            let port = free_port()?;
            let logs = dir.path().join("logs");
            let cmd = as_owner(service_cmd_for(owner.as_ref()), &programs.join("postgres"))
                .arg("-D")
                .arg(dir.path().join("cluster"))
                .arg("-k")
                .arg(dir.path())
                .args(["-p", &port.to_string()])
                .args(settings());
            let mut server = Service::start("postgres", cmd.dir(dir.path()), &logs, StopBy::Interrupt)?;
            let ready = server.until(|| {
                let ask = Cmd::new(programs.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
                ask.output().is_ok()
            });
            match ready {
                Ok(()) => {
                    let url = format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres");
                    return Ok(Self { _server: server, url, _dir: dir });
                }
                Err(error) if error.is_interrupt() || tried >= ATTEMPTS => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// What tests need in their environment: `PILOTHOUSE_TEST_POSTGRES_URL`, a superuser's address of the database
    /// `postgres`, from where each test makes a database of its own.
    pub(crate) fn env(&self) -> (String, OsString) {
        ("PILOTHOUSE_TEST_POSTGRES_URL".to_owned(), OsString::from(&self.url))
    }
}

/// The data outlives nothing, so nothing is forced to disk; many tests connect at once.
fn settings() -> impl Iterator<Item = String> {
    [
        "listen_addresses=127.0.0.1",
        "max_connections=300",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum_naptime=5s",
        "log_min_messages=warning",
        "timezone=UTC",
    ]
    .into_iter()
    .flat_map(|setting| ["-c".to_owned(), setting.to_owned()])
}

fn initialise(programs: &Path, dir: &Path, owner: Option<&Owner>, password: &str) -> Result<()> {
    let file = dir.join("password");
    fs::write(&file, password).map_err(Error::io(format!("writing {}", file.display())))?;
    give(&file, owner)?;
    let base = match owner {
        Some(owner) => Cmd::new("setpriv").args(credentials(owner)),
        None => Cmd::new(programs.join("initdb")),
    };
    let cmd = if owner.is_some() { base.arg(programs.join("initdb")) } else { base };
    cmd.dir(dir)
        .args(["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--username", USER])
        .arg("--pwfile")
        .arg(&file)
        .arg("-D")
        .arg(dir.join("cluster"))
        .output()?;
    fs::remove_file(&file).map_err(Error::io(format!("removing {}", file.display())))
}

/// The start of the command that runs a program as the cluster's owner and beside the step in the foreground.
fn service_cmd_for(owner: Option<&Owner>) -> Option<Cmd> {
    owner.map(|owner| Cmd::new("setpriv").args(credentials(owner)).args(["--pdeathsig", "INT"]))
}

fn as_owner(prefix: Option<Cmd>, program: &Path) -> Cmd {
    match prefix {
        Some(cmd) => cmd.arg("--").arg(program),
        None => service_cmd(&program.to_string_lossy()),
    }
}

fn credentials(owner: &Owner) -> [String; 4] {
    ["--reuid".to_owned(), owner.name.to_owned(), format!("--regid={}", owner.gid), "--clear-groups".to_owned()]
}

fn owner() -> Result<Owner> {
    for name in OWNERS {
        let id = |flag: &str| Cmd::new("id").args([flag, name]).output().ok().and_then(|text| text.trim().parse().ok());
        if let (Some(uid), Some(gid)) = (id("-u"), id("-g")) {
            return Ok(Owner { name, uid, gid });
        }
    }
    Err(Error::Unmet(format!("PostgreSQL refuses to run as root, and none of the accounts {} is here", OWNERS.join(", "))))
}

#[cfg(unix)]
fn give(path: &Path, owner: Option<&Owner>) -> Result<()> {
    let Some(owner) = owner else { return Ok(()) };
    std::os::unix::fs::chown(path, Some(owner.uid), Some(owner.gid)).map_err(Error::io(format!(
        "giving {} to {}",
        path.display(),
        owner.name
    )))
}

#[cfg(not(unix))]
fn give(_path: &Path, owner: Option<&Owner>) -> Result<()> {
    debug_assert!(owner.is_none_or(|owner| owner.uid != 0));
    Ok(())
}

/// The folder of the newest installed version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    newest(versions.filter_map(|entry| entry.file_name().into_string().ok()))
        .map(|version| Path::new(DEBIAN).join(version).join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .or_else(|| which("initdb").and_then(|initdb| initdb.parent().map(Path::to_owned)))
}

fn newest(versions: impl Iterator<Item = String>) -> Option<String> {
    versions.filter_map(|version| Some((version.parse::<u32>().ok()?, version))).max().map(|(_, version)| version)
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("finding a free port"))?;
    listener.local_addr().map(|address| address.port()).map_err(Error::io("finding a free port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let versions = ["9", "15", "common"].map(str::to_owned);
        assert_eq!(newest(versions.into_iter()), Some("15".to_owned()));
        assert_eq!(newest(std::iter::empty()), None);
    }
}
