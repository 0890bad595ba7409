//! Programs that run beside a step: started, waited for until they are ready, and stopped when dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::command::{Cmd, which};
use crate::error::{Error, Result};
use crate::{interrupt, processes};

/// How long a service may take until it is ready.
pub(crate) const READY: Duration = Duration::from_secs(30);
/// How long a service may take to stop before it is ended.
const STOP: Duration = Duration::from_secs(8);
/// How much of its log an error shows, in lines.
const TAIL: usize = 20;

/// How a service is asked to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StopBy {
    /// `SIGTERM`.
    Terminate,
    /// `SIGINT`: for PostgreSQL, which waits for its clients on `SIGTERM`.
    Interrupt,
}

/// A running service. Stops with its descendants when dropped.
pub(crate) struct Service {
    name: &'static str,
    child: Child,
    log: PathBuf,
    stop_by: StopBy,
}

/// A service that is told apart from the step in the foreground: Ctrl-C at the terminal reaches the step, and the
/// service stops afterwards. Should this command be killed, the kernel ends the service.
pub(crate) fn service_cmd(program: &str) -> Cmd {
    if cfg!(target_os = "linux") && which("setpriv").is_some() {
        Cmd::new("setpriv").args(["--pdeathsig", "TERM", "--", program])
    } else {
        Cmd::new(program)
    }
}

impl Service {
    /// Starts a service that writes everything to `LOGS/NAME.log`.
    pub(crate) fn start(name: &'static str, cmd: Cmd, logs: &Path, stop_by: StopBy) -> Result<Self> {
        let (log, output) = log_file(name, logs)?;
        let mut command = cmd.into_inner();
        command.stdin(Stdio::null()).stdout(clone(&output, &log)?).stderr(output);
        Self::spawn(name, command, log, stop_by)
    }

    /// Starts a service that says on its first line of output that, and where, it is ready; returns that line.
    pub(crate) fn start_until_line(name: &'static str, cmd: Cmd, logs: &Path) -> Result<(Self, String)> {
        let (log, output) = log_file(name, logs)?;
        let mut command = cmd.into_inner();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(output);
        let mut service = Self::spawn(name, command, log, StopBy::Terminate)?;
        let Some(stdout) = service.child.stdout.take() else {
            return Err(service.failed("has no output"));
        };
        let (tell, told) = mpsc::channel();
        // Reads on after the first line, so that the service never blocks on a full pipe; ends with the service.
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            if stdout.read_line(&mut line).is_ok() {
                let _ = tell.send(line.trim().to_owned());
            }
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        });
        match told.recv_timeout(READY) {
            Ok(line) if !line.is_empty() => Ok((service, line)),
            _ => Err(service.failed("didn't say that it is ready")),
        }
    }

    /// Starts a service that reads a text from its input before it works.
    pub(crate) fn start_with_input(name: &'static str, cmd: Cmd, input: &str, logs: &Path) -> Result<Self> {
        let (log, output) = log_file(name, logs)?;
        let mut text = tempfile::tempfile().map_err(Error::io("making a temporary file"))?;
        std::io::Write::write_all(&mut text, input.as_bytes()).map_err(Error::io("writing a temporary file"))?;
        std::io::Seek::rewind(&mut text).map_err(Error::io("reading a temporary file"))?;
        let mut command = cmd.into_inner();
        command.stdin(text).stdout(clone(&output, &log)?).stderr(output);
        Self::spawn(name, command, log, StopBy::Terminate)
    }

    fn spawn(name: &'static str, mut command: Command, log: PathBuf, stop_by: StopBy) -> Result<Self> {
        interrupt::check()?;
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(Error::io(format!("starting {name}")))?;
        Ok(Self { name, child, log, stop_by })
    }

    /// Waits until `ready` holds, asking every 50 ms; fails when the service ends before, or takes too long.
    pub(crate) fn until(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + READY;
        loop {
            interrupt::check()?;
            if ready() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(&format!("ended with {status}")));
            }
            if Instant::now() >= end {
                return Err(self.failed("isn't ready"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// An error that shows the end of the service's log.
    pub(crate) fn failed(&self, what: &str) -> Error {
        let mut text = String::new();
        let _ = File::open(&self.log).and_then(|mut file| file.read_to_string(&mut text));
        let lines: Vec<_> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n  ");
        Error::Unmet(format!("{} {what}. Its last words:\n  {tail}", self.name))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let pid = self.child.id();
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        match self.stop_by {
            StopBy::Terminate => processes::terminate_tree(pid),
            StopBy::Interrupt => processes::interrupt(pid),
        }
        let end = Instant::now() + STOP;
        while Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        processes::kill_tree(pid);
        let _ = self.child.wait();
    }
}

fn log_file(name: &str, logs: &Path) -> Result<(PathBuf, File)> {
    fs::create_dir_all(logs).map_err(Error::io(format!("making {}", logs.display())))?;
    let path = logs.join(format!("{name}.log"));
    let file = File::create(&path).map_err(Error::io(format!("writing {}", path.display())))?;
    Ok((path, file))
}

fn clone(file: &File, path: &Path) -> Result<File> {
    file.try_clone().map_err(Error::io(format!("writing {}", path.display())))
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_service_is_ready_when_it_says_so_and_ends_when_dropped() {
        let logs = tempfile::tempdir().unwrap();
        let cmd = Cmd::new("sh").args(["-c", "echo :7; exec sleep 600"]);
        let (service, line) = Service::start_until_line("sleeper", cmd, logs.path()).unwrap();
        assert_eq!(line, ":7");
        let pid = service.child.id();
        drop(service);
        assert!(!Path::new(&format!("/proc/{pid}")).exists() || !cfg!(target_os = "linux"));
    }

    #[test]
    fn a_service_that_ends_early_is_reported_with_its_last_words() {
        let logs = tempfile::tempdir().unwrap();
        let cmd = Cmd::new("sh").args(["-c", "echo port taken >&2; exit 1"]);
        let mut service = Service::start("broken", cmd, logs.path(), StopBy::Terminate).unwrap();
        let error = service.until(|| false).unwrap_err().to_string();
        assert!(error.contains("broken ended with exit status: 1") && error.contains("port taken"), "{error}");
    }

    #[test]
    fn input_reaches_the_service() {
        let logs = tempfile::tempdir().unwrap();
        let done = logs.path().join("done");
        let cmd = Cmd::new("sh").args(["-c", "cat > done; exec sleep 600"]).dir(logs.path());
        let mut service = Service::start_with_input("reader", cmd, "words", logs.path()).unwrap();
        service.until(|| fs::read_to_string(&done).is_ok_and(|text| text == "words")).unwrap();
    }
}
