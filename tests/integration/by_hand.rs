//! Runs by hand and holds over each of the four providers: typed inputs, what is refused before anything is sent, a lost answer that
//! leads to one run, a run followed to its end with its log, cancelled, run again where that can be, and what is held.

use super::elsewhere::forget;
use super::rig::{Rig, has_session};
use pilothouse_api::{
    AddConnectionRequest, AuditPageRequest, CancelRunRequest, CancelWord, ErrorCode, GivenInput, HoldTargetDto, IdRequest,
    LockStrengthWord, ManualRunRequest, ManualRunView, ManualRunWord as State, ManualRunsRequest, PipelineRequest, PipelineRunDetail,
    PipelineRunRequest, PipelineRunsRequest, RepositoryRequest, RerunRequest, RunDeedRequest, RunLogRequest, RunOrigin, RunWord,
    SetHoldRequest, SetLockRequest,
};
use pilothouse_range::{Fault, Operation, Order};
use secrecy::SecretString;
use std::time::Duration;

/// A provider with a pipeline that deploys.
struct Place {
    connection: String,
    repository: String,
    pipeline: &'static str,
    /// Good values for its inputs; the second of each pair is what it takes.
    inputs: Vec<(&'static str, &'static str)>,
    /// An input, and a value that it doesn't take.
    wrong: (&'static str, &'static str),
    /// Something that the log of its deploy job holds; empty where logs are kept elsewhere.
    in_the_log: &'static str,
    /// Whether a whole run can be run again, and what failed in it alone.
    reruns: (bool, bool),
    /// What can be held of it.
    target: HoldTargetDto,
}

async fn connected(rig: &Rig, kind: &str, base_url: &str, user: Option<String>, region: Option<String>, secret: &str) -> String {
    let request = AddConnectionRequest {
        kind: kind.to_owned(),
        name: format!("Our {kind}"),
        base_url: base_url.to_owned(),
        user,
        region,
        role: None,
        profile: None,
        token: SecretString::from(secret.to_owned()).into(),
        session_token: None,
        network: None,
        trusted_fingerprint: None,
    };
    rig.api().add_connection(request).await.unwrap().connection.id
}

async fn github(rig: &Rig) -> Place {
    let pipeline = "deploy.yml";
    Place {
        connection: rig.connection.clone(),
        repository: rig.range.repository(),
        pipeline,
        inputs: vec![("environment", "staging"), ("version", "1.2.0"), ("dry_run", "false")],
        wrong: ("environment", "moon"),
        in_the_log: "staging",
        reruns: (true, true),
        target: HoldTargetDto::Pipeline { pipeline: pipeline.to_owned() },
    }
}

async fn gitlab(rig: &Rig) -> Place {
    let connection = connected(rig, "gitlab", &rig.range.gitlab_url(), None, None, &rig.range.gitlab_tokens().full).await;
    Place {
        connection,
        repository: rig.range.repository(),
        pipeline: ".gitlab-ci.yml",
        inputs: vec![("environment", "staging"), ("version", "1.2.0"), ("dry_run", "false")],
        wrong: ("dry_run", "perhaps"),
        in_the_log: "staging",
        reruns: (false, true),
        target: HoldTargetDto::Freeze,
    }
}

async fn jenkins(rig: &Rig) -> Place {
    let account = rig.range.jenkins_accounts().full.clone();
    let connection = connected(rig, "jenkins", rig.range.jenkins_url(), Some(account.user), None, &account.secret).await;
    let pipeline = "deploy-version";
    Place {
        connection,
        repository: "nordwind/checkout".to_owned(),
        pipeline,
        inputs: vec![("ENVIRONMENT", "staging"), ("VERSION", "1.2.0"), ("DRY_RUN", "false")],
        wrong: ("ENVIRONMENT", "moon"),
        in_the_log: "staging",
        reruns: (false, false),
        target: HoldTargetDto::Pipeline { pipeline: pipeline.to_owned() },
    }
}

async fn codepipeline(rig: &Rig) -> Place {
    let keys = rig.range.aws_keys().full.clone();
    let region = rig.range.aws_region().to_owned();
    let url = rig.range.codepipeline_url();
    let connection = connected(rig, "codepipeline", url, Some(keys.access_key_id), Some(region.clone()), &keys.secret_access_key).await;
    let pipeline = "checkout-staging";
    Place {
        connection,
        repository: region,
        pipeline,
        inputs: vec![("VERSION", "1.2.0"), ("DRY_RUN", "false")],
        wrong: ("VERSOIN", "1.2.0"),
        in_the_log: "",
        reruns: (true, true),
        target: HoldTargetDto::Stage { pipeline: pipeline.to_owned(), stage: "Staging".to_owned() },
    }
}

impl Place {
    fn request(&self, inputs: &[(&str, &str)], reason: &str) -> ManualRunRequest {
        ManualRunRequest {
            connection_id: self.connection.clone(),
            repository: self.repository.clone(),
            pipeline: self.pipeline.to_owned(),
            git_ref: String::new(),
            inputs: inputs.iter().map(|(name, value)| GivenInput { name: (*name).to_owned(), value: (*value).to_owned() }).collect(),
            reason: reason.to_owned(),
        }
    }

    fn at(&self) -> RepositoryRequest {
        RepositoryRequest { connection_id: self.connection.clone(), repository: self.repository.clone() }
    }

    fn deed(&self, run: &str) -> RunDeedRequest {
        RunDeedRequest {
            connection_id: self.connection.clone(),
            repository: self.repository.clone(),
            pipeline: self.pipeline.to_owned(),
            run_id: run.to_owned(),
            reason: "looks odd".to_owned(),
        }
    }

    async fn run(&self, rig: &Rig, run: &str) -> PipelineRunDetail {
        let request =
            PipelineRunRequest { connection_id: self.connection.clone(), repository: self.repository.clone(), run_id: run.to_owned() };
        rig.api().pipeline_run(request).await.unwrap()
    }

    /// Asks until the run is as wanted: no change tells of it.
    async fn until(&self, rig: &Rig, run: &str, wanted: impl Fn(&PipelineRunDetail) -> bool) -> PipelineRunDetail {
        for _ in 0..2_000 {
            let seen = self.run(rig, run).await;
            if wanted(&seen) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("run {run} does not get there");
    }

    /// Starts it and waits until it is known what came of it.
    async fn started(&self, rig: &Rig, inputs: &[(&str, &str)]) -> ManualRunView {
        let started = rig.api().start_manual_run(self.request(inputs, "trying it out")).await.unwrap();
        settled(rig, &started.id).await
    }

    fn sent(&self, rig: &Rig, id: &str) -> usize {
        rig.range.stats().dispatches.iter().filter(|d| d.inputs.values().any(|value| value.starts_with(id))).count()
    }
}

async fn settled(rig: &Rig, id: &str) -> ManualRunView {
    rig.until(|| async {
        let seen = rig.api().get_manual_run(IdRequest { id: id.to_owned() }).await.unwrap();
        seen.is_settled.then_some(seen)
    })
    .await
}

fn ended(seen: &PipelineRunDetail) -> bool {
    matches!(seen.run.status, RunWord::Succeeded | RunWord::Failed | RunWord::Cancelled)
}

/// All of it, over one provider.
async fn by_hand(rig: &Rig, place: &Place) {
    let api = rig.api();
    let listed = api.browse_pipelines(place.at()).await.unwrap();
    assert!(listed.pipelines.iter().any(|one| one.pipeline.pipeline == place.pipeline), "{listed:#?}");
    let described = PipelineRequest {
        connection_id: place.connection.clone(),
        repository: place.repository.clone(),
        pipeline: place.pipeline.to_owned(),
        git_ref: String::new(),
    };
    let described = api.describe_pipeline(described).await.unwrap();
    for (name, _) in &place.inputs {
        assert!(described.inputs.iter().any(|input| input.name == *name), "{name}: {described:#?}");
    }

    // What doesn't fit is refused, and nothing is sent.
    let before = rig.range.stats().dispatches.len();
    let wrong: Vec<(&str, &str)> = place.inputs.iter().copied().filter(|(name, _)| *name != place.wrong.0).chain([place.wrong]).collect();
    let refused = api.start_manual_run(place.request(&wrong, "x")).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("inputs")), "{refused:?}");
    assert!(refused.message.contains(place.wrong.0), "{refused:?}");
    let outlook = api.manual_run_outlook(place.request(&wrong, "")).await.unwrap();
    assert_eq!(outlook.faults[0].input, place.wrong.0);
    assert_eq!(rig.range.stats().dispatches.len(), before, "nothing was sent");

    // A lost answer leads to one run, which is found and followed to its end.
    rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::Dispatch)).unwrap();
    let lost = place.started(rig, &place.inputs).await;
    assert_eq!(lost.state, State::Started, "{lost:#?}");
    assert!(lost.message.contains("lost"), "{lost:#?}");
    assert_eq!(place.sent(rig, &lost.id), 1, "a lost answer, and one run");
    let run = lost.run.unwrap().external_id;
    let seen = place.until(rig, &run, ended).await;
    assert_eq!(seen.run.status, RunWord::Succeeded, "{seen:#?}");
    assert!(matches!(&seen.origin, RunOrigin::ByHand { manual_run_id, .. } if *manual_run_id == lost.id), "{:?}", seen.origin);
    assert!(!seen.cancel.is_offered && !seen.rerun_failed.is_offered, "it succeeded");

    let recent = PipelineRunsRequest {
        connection_id: place.connection.clone(),
        repository: place.repository.clone(),
        pipeline: place.pipeline.to_owned(),
        days: 1,
    };
    let recent = api.pipeline_runs(recent).await.unwrap();
    let row = recent.runs.iter().find(|one| one.run.external_id == run).unwrap_or_else(|| panic!("{run} is not in {recent:#?}"));
    assert!(matches!(row.origin, RunOrigin::ByHand { .. }));

    let job = seen.run.jobs.iter().find(|job| job.name.eq_ignore_ascii_case("deploy")).unwrap_or_else(|| seen.run.jobs.last().unwrap());
    let log = RunLogRequest {
        connection_id: place.connection.clone(),
        repository: place.repository.clone(),
        job_id: job.id.clone(),
        from: String::new(),
    };
    let part = api.run_log(log.clone()).await.unwrap();
    if place.in_the_log.is_empty() {
        assert!(part.elsewhere.is_some(), "{part:?}");
    } else {
        assert!(part.is_complete && part.text.as_deref().unwrap_or_default().contains(place.in_the_log), "{part:?}");
        let rest = api.run_log(RunLogRequest { from: part.next, ..log }).await.unwrap();
        assert_eq!(rest.text.as_deref().unwrap_or_default(), "", "the rest of a complete log is empty");
    }

    // Again where the provider has it, else refused with its reason.
    assert_eq!(seen.rerun.is_offered, place.reruns.0, "{:?}", seen.rerun);
    if !place.reruns.0 {
        let refused = api.rerun_run(RerunRequest { run: place.deed(&run), failed_only: false }).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ProviderRefused);
        assert!(refused.message.contains(&seen.rerun.note), "{refused:?}");
    }

    cancels(rig, place).await;
    holds(rig, place).await;
    let report = api.verify_audit(pilothouse_api::VerifyAuditRequest { kept_head: None }).await.unwrap();
    assert!(report.fault.is_none(), "{report:#?}");
}

async fn cancels(rig: &Rig, place: &Place) {
    rig.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let stuck = place.started(rig, &place.inputs).await;
    let run = stuck.run.unwrap_or_else(|| panic!("{}", stuck.message)).external_id;
    let seen = place.run(rig, &run).await;
    assert!(seen.cancel.is_offered && !seen.rerun.is_offered, "{seen:#?}");
    let answer = rig.api().cancel_run(CancelRunRequest { run: place.deed(&run), force: false }).await.unwrap();
    assert_eq!(answer.answer, CancelWord::Accepted, "{answer:?}");
    assert_eq!(place.until(rig, &run, ended).await.run.status, RunWord::Cancelled);
    assert_eq!(last_told(rig, "run.").await, ["run.cancel_accepted", "run.cancel_requested"]);
}

async fn holds(rig: &Rig, place: &Place) {
    let api = rig.api();
    let set = |held: bool, reason: &str| SetHoldRequest {
        connection_id: place.connection.clone(),
        repository: place.repository.clone(),
        target: place.target.clone(),
        held,
        reason: reason.to_owned(),
    };
    let find = async || {
        let found = api.list_holds(place.at()).await.unwrap();
        found.holds.into_iter().find(|hold| hold.target == place.target).unwrap()
    };
    let open = find().await;
    assert!(!open.is_held && !open.stops.is_empty());
    assert_eq!(api.set_hold(set(true, " ")).await.unwrap_err().field.as_deref(), Some("reason"));
    assert!(!find().await.is_held, "without a reason nothing is held");
    assert!(api.set_hold(set(true, "Freeze for the fair")).await.unwrap().is_held);
    assert!(find().await.is_held);
    assert!(!api.set_hold(set(false, "The fair is over")).await.unwrap().is_held);
    assert!(!find().await.is_held);
    assert_eq!(last_told(rig, "hold.").await, ["hold.released", "hold.requested"]);
}

/// The last two audit events of a family, last first. Others, such as a check's, may come between.
async fn last_told(rig: &Rig, family: &str) -> Vec<String> {
    let told = rig.api().audit_page(AuditPageRequest { limit: 50, ..AuditPageRequest::default() }).await.unwrap();
    told.into_iter().map(|event| event.action).filter(|action| action.starts_with(family)).take(2).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_runs_by_hand() {
    if !has_session("runs by hand") {
        return;
    }
    let rig = Rig::start().await;
    let place = github(&rig).await;
    let api = rig.api();

    // It is bound: it changes what the inputs name, and says why.
    let listed = api.browse_pipelines(place.at()).await.unwrap();
    let bound = &listed.pipelines.iter().find(|one| one.pipeline.pipeline == place.pipeline).unwrap().bound;
    assert_eq!(bound.iter().filter(|one| one.is_deploy).count(), 2, "{bound:#?}");
    let outlook = api.manual_run_outlook(place.request(&place.inputs, "")).await.unwrap();
    let changes: Vec<&str> = outlook.changes.iter().map(|one| one.environment.as_str()).collect();
    assert_eq!((changes, outlook.correlation_input.as_deref()), (vec!["staging"], Some("pilothouse_run")));
    let refused = api.start_manual_run(place.request(&place.inputs, "  ")).await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("reason"));

    // Locked, it is refused; and while a deployment is under way.
    let staging = rig.environment("staging");
    let lock = SetLockRequest {
        product_id: Some(rig.product.id.clone().unwrap()),
        environment_id: Some(staging),
        reason: "fair".to_owned(),
        until: None,
        strength: LockStrengthWord::Stops,
        hotfixes_pass: false,
    };
    let lock = api.set_lock(lock).await.unwrap();
    let refused = api.start_manual_run(place.request(&place.inputs, "hotfix")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Blocked, "{refused:?}");
    api.lift_lock(pilothouse_api::LiftLockRequest { id: lock.id, reason: String::new() }).await.unwrap();
    assert!(rig.range.stats().dispatches.is_empty(), "nothing was sent");
    rig.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
    let release = rig.release("1.2.0").await;
    let deployment = rig.start_deployment(&release, "staging").await;
    let refused = api.start_manual_run(place.request(&place.inputs, "hotfix")).await.unwrap_err();
    assert_eq!(refused.blockers[0].deployment_id.as_deref(), Some(deployment.id.as_str()), "{refused:?}");
    rig.has_a_run(&deployment.id).await;
    let followed = api.get_deployment(IdRequest { id: deployment.id.clone() }).await.unwrap().phases[0].run.clone().unwrap();
    let steered = api.cancel_run(CancelRunRequest { run: place.deed(&followed.external_id), force: false }).await.unwrap_err();
    assert!(steered.message.contains("is the deployment of 1.2.0"), "{steered:?}");
    rig.range.faults().clear_all();
    rig.rests(&deployment.id).await;

    by_hand(&rig, &place).await;

    // What failed, again.
    rig.range.faults().order(Order::once(Fault::FailJob { job: "smoke".to_owned(), environment: None, after_instances: 0 })).unwrap();
    let failing = place.started(&rig, &place.inputs).await.run.unwrap().external_id;
    let failed = place.until(&rig, &failing, ended).await;
    assert_eq!((failed.run.status, failed.rerun_failed.is_offered), (RunWord::Failed, true));
    let again = api.rerun_run(RerunRequest { run: place.deed(&failing), failed_only: true }).await.unwrap();
    assert_eq!(settled(&rig, &again.id).await.state, State::Started);
    let seen = place.until(&rig, &failing, |seen| seen.run.attempt == 2 && ended(seen)).await;
    assert_eq!(seen.run.status, RunWord::Succeeded);
    let listed = api.manual_runs(ManualRunsRequest { limit: 1, ..ManualRunsRequest::default() }).await.unwrap();
    assert_eq!(listed[0].id, again.id, "last requested first");
    rig.stop().await;
}

/// Over a provider that nothing is bound to.
async fn unbound(rig: Rig, place: Place) {
    by_hand(&rig, &place).await;
    forget(&rig, &place.connection).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gitlab_runs_by_hand() {
    if !has_session("runs by hand") {
        return;
    }
    let rig = Rig::start().await;
    let place = gitlab(&rig).await;
    unbound(rig, place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jenkins_runs_by_hand() {
    if !has_session("runs by hand") {
        return;
    }
    let rig = Rig::start().await;
    let place = jenkins(&rig).await;
    unbound(rig, place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codepipeline_runs_by_hand() {
    if !has_session("runs by hand") {
        return;
    }
    let rig = Rig::start().await;
    let place = codepipeline(&rig).await;
    unbound(rig, place).await;
}
