//! The agent: one on a data folder, others are its guests, and it ends in good order.

use crate::rig::Place;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[cfg(unix)]
#[tokio::test]
async fn one_agent_runs_the_engine_and_a_second_one_is_told_who() {
    let place = Place::new();
    let agent = place.agent().await;
    let status = place.done(&["status"]).await;
    assert_eq!(status["engine"]["role"], "other_host");
    assert_eq!(status["engine"]["who"], format!("an agent (process {})", agent.pid()));
    let second = place.run(&["agent", "--json"]).await.expect_code(1);
    assert_eq!(second.error_code(), "conflict");
    assert!(second.stderr.contains(&format!("process {}", agent.pid())), "{}", second.stderr);
    assert_eq!(agent.end().await, Some(0));
    assert_eq!(place.done(&["status"]).await["engine"]["role"], "stopped");
}

#[cfg(unix)]
#[tokio::test]
async fn an_agent_on_standby_takes_over() {
    let place = Place::new();
    let first = place.agent().await;
    let mut command = place.command(&["agent", "--standby"]);
    let mut second = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(second.stderr.take().unwrap()).lines();
    let mut next = async |text: &str| loop {
        let line = said.next_line().await.unwrap().expect("it goes on");
        if line.contains(text) {
            return;
        }
    };
    next("this agent stands by").await;
    assert_eq!(first.end().await, Some(0));
    next("The engine runs on").await;
    assert_eq!(place.done(&["status"]).await["engine"]["role"], "other_host");
}

#[cfg(unix)]
#[tokio::test]
async fn a_failpoint_ends_the_process_on_the_spot() {
    use std::os::unix::process::ExitStatusExt as _;
    let place = Place::new();
    // The agent's first commit is its take-over.
    let output = place.command(&["agent"]).env("PILOTHOUSE_FAILPOINT", "before_commit:1").output().await.unwrap();
    assert_eq!(output.status.signal(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    let wrong = place.command(&["status"]).env("PILOTHOUSE_FAILPOINT", "before_lunch:1").output().await.unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(place.agent().await.end().await, Some(0), "and it starts again");
}
