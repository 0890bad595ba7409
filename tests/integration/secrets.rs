//! A marked token goes through everything the product does with it; then whatever the product has written, printed or shown to the
//! system is searched for it. Only the keychain may have it.

use super::rig::{Rig, has_session};
use crate::token_scan::TokenScan;
use pilothouse_api::{DeploymentStateWord as State, IdRequest};
use pilothouse_range::{Fault, Operation, Order};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

fn pilothouse(rig: &Rig) -> Command {
    let programs = PathBuf::from(std::env::var_os("PILOTHOUSE_BIN_DIR").expect("PILOTHOUSE_BIN_DIR names the built programs"));
    let mut command = Command::new(programs.join("pilothouse"));
    command.arg("--data-dir").arg(rig.data.path()).env("PILOTHOUSE_LOG", "trace").env("PILOTHOUSE_PACING", "fast");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_in_the_keychain_and_nowhere_else() {
    if !has_session("the secret scan") {
        return;
    }
    let rig = Rig::start_as_guest().await;
    let token = rig.range.token().to_owned();
    let scan = TokenScan::new(&token);
    let release = rig.release("1.2.0").await;

    // A second connection through the command line, its token on standard input.
    let mut add = pilothouse(&rig);
    add.args(["connection", "add", "Second", "--token-stdin", "--json", "--base-url", &rig.range.github_url()]).stdin(Stdio::piped());
    let mut add = add.spawn().unwrap();
    add.stdin.take().unwrap().write_all(format!("{token}\n").as_bytes()).await.unwrap();
    scan.process_list();
    let added = add.wait_with_output().await.unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));

    // A deployment that meets refusals and lost answers, logged in full, and then a crash.
    for fault in [Fault::RefuseToken, Fault::DropAfterAccept] {
        rig.range.faults().order(Order::once(fault).on_operation(Operation::Dispatch)).unwrap();
    }
    let started = rig.start_deployment(&release, "staging").await;
    let agent = pilothouse(&rig).arg("agent").spawn().unwrap();
    let asked = rig.ends(&started.id, State::AwaitingDecision).await;
    rig.api().verify_connection(IdRequest { id: rig.connection.clone() }).await.unwrap();
    rig.decide(&asked.id, pilothouse_api::DecisionDto::Trigger).await;
    rig.ends(&started.id, State::Succeeded).await;
    scan.process_list();
    let pid = agent.id().unwrap();
    let killed = Command::new("kill").args(["-ABRT", &pid.to_string()]).status().await.unwrap();
    assert!(killed.success());
    let said = agent.wait_with_output().await.unwrap();

    let crashed = pilothouse(&rig).arg("agent").env("PILOTHOUSE_FAILPOINT", "before_commit:1").output();
    let queued = rig.start_deployment(&release, "production").await;
    let crashed = crashed.await.unwrap();
    assert!(!crashed.status.success());

    let mut outputs = vec![added.stdout, added.stderr, said.stdout, said.stderr, crashed.stdout, crashed.stderr];
    for arguments in [
        &["connection", "list"][..],
        &["connection", "list", "--json"],
        &["connection", "verify", "Second", "--json"],
        &["deployment", "show", &queued.id, "--json"],
        &["audit", "list", "--json"],
        &["overview", "--json"],
        &["status", "--json"],
    ] {
        let output = pilothouse(&rig).args(arguments).output().await.unwrap();
        outputs.extend([output.stdout, output.stderr]);
    }
    for output in &outputs {
        scan.bytes("what a program printed", output);
    }
    assert!(outputs.iter().map(Vec::len).sum::<usize>() > 2_000, "the programs printed next to nothing: is anything searched?");
    let searched = scan.folder(rig.data.path());
    assert!(searched >= 2, "database and log were to be searched, {searched} files were there");
    assert_eq!(rig.range.stats().token_leaks, 0, "the token went to a redirect's target");

    let removed = pilothouse(&rig).args(["connection", "remove", "Second"]).status().await.unwrap();
    assert!(removed.success());
    rig.stop().await;
}
