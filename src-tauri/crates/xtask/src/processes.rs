//! Process trees: everything that a developer command started, directly or not, ends with it.
//!
//! On Linux this process is the reaper of its descendants: a daemon that cut loose from its parent is handed
//! to us and found in `/proc`. On other systems only direct children are known.

#[cfg(target_os = "linux")]
pub(crate) use linux::*;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::*;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process, set_child_subreaper};

    const GRACE: Duration = Duration::from_secs(5);

    /// Makes this process the parent of its orphaned descendants.
    pub(crate) fn adopt_orphans() {
        // Where the kernel refuses, only the sweep at the end is weaker.
        let _ = set_child_subreaper(Some(rustix::process::getpid()));
    }

    /// Asks `pid` and its descendants to end.
    pub(crate) fn terminate_tree(pid: u32) {
        signal_tree(pid, Signal::TERM);
    }

    /// Ends `pid` and its descendants.
    pub(crate) fn kill_tree(pid: u32) {
        signal_tree(pid, Signal::KILL);
    }

    /// Sends `SIGINT` to one process: a PostgreSQL server's "fast shutdown".
    pub(crate) fn interrupt(pid: u32) {
        send(pid, Signal::INT);
    }

    /// Ends every process that descends from this one; returns the names of those that had to be asked.
    pub(crate) fn sweep() -> Vec<String> {
        let me = std::process::id();
        let left = descendants(me);
        let names = left.iter().filter_map(|pid| name(*pid)).collect();
        for pid in &left {
            send(*pid, Signal::TERM);
        }
        let end = Instant::now() + GRACE;
        while !descendants(me).is_empty() && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        for pid in descendants(me) {
            send(pid, Signal::KILL);
        }
        names
    }

    /// The living descendants of `root`, without `root` itself. Zombies don't count.
    pub(crate) fn descendants(root: u32) -> Vec<u32> {
        let mut children: HashMap<u32, Vec<(u32, bool)>> = HashMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
                continue;
            };
            if let Some((parent, alive)) = parent_and_state(&stat) {
                children.entry(parent).or_default().push((pid, alive));
            }
        }
        let mut found = Vec::new();
        let mut open = vec![root];
        while let Some(pid) = open.pop() {
            // Removing each parent once bounds the walk even if /proc changes under it.
            for (child, alive) in children.remove(&pid).unwrap_or_default() {
                open.push(child);
                if alive {
                    found.push(child);
                }
            }
        }
        found
    }

    /// Parent and "not a zombie" from a line of `/proc/PID/stat` (proc_pid_stat(5)). The name in the second
    /// field may hold blanks and parentheses, so the fields are counted from the last `)`.
    fn parent_and_state(stat: &str) -> Option<(u32, bool)> {
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        Some((parent, !matches!(state, "Z" | "X")))
    }

    fn name(pid: u32) -> Option<String> {
        fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|name| name.trim().to_owned())
    }

    fn signal_tree(pid: u32, signal: Signal) {
        let below = descendants(pid);
        send(pid, signal);
        for pid in below {
            send(pid, signal);
        }
    }

    fn send(pid: u32, signal: Signal) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // A process that has already ended is what we want.
            let _ = kill_process(pid, signal);
        }
    }

    #[cfg(test)]
    mod tests {
        #![expect(clippy::unwrap_used, reason = "a test may panic")]

        use std::process::{Command, Stdio};

        use super::*;

        #[test]
        fn stat_lines_with_odd_names_are_read() {
            assert_eq!(parent_and_state("7 (a) b (c)) S 3 7 7 0"), Some((3, true)));
            assert_eq!(parent_and_state("7 (gone) Z 3 7 7 0"), Some((3, false)));
            assert_eq!(parent_and_state("nonsense"), None);
        }

        #[test]
        fn a_tree_ends_with_its_grandchildren() {
            // The pipe closes when the last process that holds it has ended: no sleeping, no guessing.
            let mut shell =
                Command::new("sh").args(["-c", "sleep 600 & sleep 600 & echo up; wait"]).stdout(Stdio::piped()).spawn().unwrap();
            let mut out = std::io::BufReader::new(shell.stdout.take().unwrap());
            let mut line = String::new();
            std::io::BufRead::read_line(&mut out, &mut line).unwrap();
            assert!(descendants(std::process::id()).contains(&shell.id()));
            assert_eq!(descendants(shell.id()).len(), 2);
            kill_tree(shell.id());
            let mut rest = Vec::new();
            std::io::Read::read_to_end(&mut out, &mut rest).unwrap();
            assert!(!shell.wait().unwrap().success());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use std::process::Command;

    pub(crate) fn adopt_orphans() {}

    pub(crate) fn terminate_tree(pid: u32) {
        kill_tree(pid);
    }

    pub(crate) fn kill_tree(pid: u32) {
        let pid = pid.to_string();
        let _ = if cfg!(windows) {
            Command::new("taskkill").args(["/T", "/F", "/PID", &pid]).status()
        } else {
            Command::new("kill").arg(&pid).status()
        };
    }

    pub(crate) fn interrupt(pid: u32) {
        let pid = pid.to_string();
        let _ = if cfg!(windows) {
            Command::new("taskkill").args(["/T", "/F", "/PID", &pid]).status()
        } else {
            Command::new("kill").args(["-INT", &pid]).status()
        };
    }

    pub(crate) fn sweep() -> Vec<String> {
        Vec::new()
    }
}
