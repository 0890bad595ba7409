//! Reviews, metrics, reports and bundles through the whole api, over a store in memory: what is handed out is what the store holds, and is
//! noticed where it is changed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;
use pilothouse_engine::ports::store::DeploymentFilter;

/// A release that went through staging and production, with a vote, and is completed.
async fn done(rig: &Rig) -> (ProductDto, ReleaseDetail) {
    let product = rig.product(|p| p.environments[1].rules.required_approvals = 1).await;
    let draft = rig.draft(&product, "1.2.0").await;
    let release = rig.plan(&draft).await;
    let vote = VoteRequest {
        id: release.release.id.clone(),
        verdict: VerdictWord::Approved,
        comment: "Looks good".into(),
        content_hash: release.content_hash.clone(),
    };
    rig.api.vote(vote).await.unwrap();
    rig.deploy_through(&release, 0).await;
    rig.deploy_through(&release, 1).await;
    (product, rig.api.complete_release(IdRequest { id: release.release.id.clone() }).await.unwrap())
}

fn text(release: &ReleaseDetail, revision: u32) -> WriteReviewRequest {
    let action =
        ReviewActionBody { id: None, what: "Warm the cache".into(), owner: "Aiko".into(), due: Some("2026-11-30T12:00:00Z".into()) };
    WriteReviewRequest {
        release_id: release.release.id.clone(),
        revision,
        summary: "Calm.".into(),
        went_well: vec!["The rehearsal".into()],
        to_improve: Vec::new(),
        actions: vec![action],
    }
}

#[tokio::test]
async fn a_review_is_written_once_the_release_was_deployed_and_is_closed() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let early = rig.plan(&rig.draft(&product, "1.1.0").await).await;
    assert_eq!(rig.api.write_review(text(&early, 0)).await.unwrap_err().code, ErrorCode::Conflict);
    assert!(rig.api.release_review(IdRequest { id: early.release.id.clone() }).await.unwrap().refused.is_some());

    let rig = Rig::new();
    let (_, release) = done(&rig).await;
    let view = rig.api.release_review(IdRequest { id: release.release.id.clone() }).await.unwrap();
    let told: Vec<&str> = view.course.iter().map(|milestone| milestone.action.as_str()).collect();
    assert_eq!((view.refused, view.review), (None, None));
    assert_eq!((told.first(), told.last()), (Some(&"release.drafted"), Some(&"release.completed")), "{told:?}");
    assert_eq!(told.iter().filter(|action| **action == "deployment.succeeded").count(), 2);

    let review = rig.api.write_review(text(&release, 0)).await.unwrap();
    assert_eq!(rig.api.write_review(text(&release, 0)).await.unwrap_err().code, ErrorCode::Conflict, "somebody else has begun it");
    let mut nobody = text(&release, review.revision);
    nobody.actions[0].owner = " ".into();
    let refused = rig.api.write_review(nobody).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("actions")));
    let closed = rig.api.close_review(CloseReviewRequest { review_id: review.id.clone(), close: true }).await.unwrap();
    assert_eq!(closed.closed_by.as_deref(), Some("Mira Okafor"));
    assert_eq!(rig.api.write_review(text(&release, closed.revision)).await.unwrap_err().code, ErrorCode::Conflict);
    rig.world.pass(30 * 86_400);
    let late = rig.api.release_review(IdRequest { id: release.release.id.clone() }).await.unwrap().review.unwrap();
    assert!(late.actions[0].is_overdue);
    let done = SetReviewActionRequest { review_id: review.id, action_id: review.actions[0].id.clone(), done: true };
    let ticked = rig.as_person("Aiko").set_review_action(done).await.unwrap();
    assert_eq!((ticked.actions[0].done_by.as_deref(), ticked.actions[0].is_overdue), (Some("Aiko"), false));
}

#[tokio::test]
async fn metrics_say_what_is_missing_and_count_what_the_store_holds() {
    let rig = Rig::new();
    let (product, _) = done(&rig).await;
    rig.world.pass(8 * 86_400);
    let request = DeliveryMetricsRequest { product_id: product.id.clone().unwrap(), environment_id: None, weeks: 4 };
    let view = rig.api.delivery_metrics(request.clone()).await.unwrap();
    assert_eq!((view.environment.as_str(), view.environments.len(), view.metrics.len()), ("production", 2, 4));
    let of = |word: MetricWord| view.metrics.iter().find(|metric| metric.metric == word).unwrap();
    let stored = rig.api.engine().store().deployments(&DeploymentFilter::default()).await.unwrap();
    let there = stored.iter().filter(|d| d.environment == "production" && d.state.word() == "succeeded").count();
    let frequency = of(MetricWord::DeploymentFrequency);
    assert_eq!((frequency.sample as usize, frequency.points.len()), (there, 4));
    assert!(frequency.value.is_some(), "{}", frequency.missing);
    let failures = of(MetricWord::ChangeFailureRate);
    assert_eq!((failures.value, failures.missing.as_str()), (None, "1 deployment in this time, 3 needed"));
    let wrong = DeliveryMetricsRequest { weeks: 0, ..request };
    assert_eq!(rig.api.delivery_metrics(wrong).await.unwrap_err().field.as_deref(), Some("weeks"));
}

#[tokio::test]
async fn the_report_s_figures_are_those_of_the_store() {
    let rig = Rig::new();
    let (_, release) = done(&rig).await;
    let id = release.release.id.clone();
    let page = rig.api.release_report(ReleaseReportRequest { release_id: id.clone(), format: ReleaseReportFormat::Html }).await.unwrap();
    assert_eq!(page.name, "checkout 1.2.0 report.html");
    let html = String::from_utf8(page.content).unwrap();
    let store = rig.api.engine().store();
    let release_id = id.parse().unwrap();
    let of_release = DeploymentFilter { release: Some(release_id), ..DeploymentFilter::default() };
    let deployments = store.deployments(&of_release).await.unwrap();
    let votes = store.approvals(release_id).await.unwrap();
    let figure = |label: &str, value: usize| {
        let at = html.find(&format!(">{label}</p>")).unwrap_or_else(|| panic!("{label} is told"));
        let told = html[at..].split("</p>").nth(1).unwrap().rsplit('>').next().unwrap().to_owned();
        assert_eq!(told, value.to_string(), "{label}");
    };
    figure("Deployments", deployments.len());
    figure("Approvals", votes.len());
    figure("Changes", store.release(release_id).await.unwrap().changelog.len());
    figure("Incidents", 0);
    for deployment in &deployments {
        let at = deployment.requested_at.as_datetime().format("%Y-%m-%d %H:%M:%S").to_string();
        assert!(html.contains(&at), "{}", deployment.environment);
    }
    let pdf = rig.api.release_report(ReleaseReportRequest { release_id: id.clone(), format: ReleaseReportFormat::Pdf }).await.unwrap();
    assert!(pdf.content.starts_with(b"%PDF-"));

    let before = store.audit_head().await.unwrap();
    let preview = rig.api.preview_report(IdRequest { id }).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap(), before, "looking at it is no event");
    let figures = |block: &ReportBlockView| match block {
        ReportBlockView::Figures { figures } => figures.clone(),
        _ => Vec::new(),
    };
    let figures: Vec<ReportFigureView> = preview.sections.iter().flat_map(|section| section.blocks.iter().flat_map(figures)).collect();
    let told = figures.iter().find(|figure| figure.label == "Deployments").map(|figure| figure.value.as_str());
    assert_eq!(told, Some(deployments.len().to_string().as_str()));
    for section in &preview.sections {
        assert!(html.contains(&format!(">{}</h2>", section.title)), "{}", section.title);
    }
    for block in preview.sections.iter().flat_map(|section| &section.blocks) {
        if let ReportBlockView::Table { head, rows, .. } = block {
            assert!(rows.iter().all(|row| row.len() == head.len()));
        }
    }
}

#[tokio::test]
async fn a_bundle_verifies_is_the_same_twice_and_holds_no_secret() {
    let rig = Rig::new();
    let (product, release) = done(&rig).await;
    let secret = SetSmokeSecretRequest {
        product_id: product.id.unwrap(),
        name: "password".into(),
        secret: Some(Token::from(secrecy::SecretString::from("hunter2-smoke"))),
    };
    rig.api.set_smoke_secret(secret).await.unwrap();
    let id = IdRequest { id: release.release.id.clone() };
    let first = rig.api.release_bundle(id.clone()).await.unwrap();
    let key = rig.api.bundle_key().await.unwrap();
    assert_eq!(first.fingerprint.as_deref(), Some(key.fingerprint.as_str()));
    let verdict = verify_bundle(&first.content, Some(&key.fingerprint));
    assert_eq!(verdict.faults, Vec::<String>::new());
    assert_eq!((verdict.is_sound, verdict.is_expected, verdict.signed_votes), (true, Some(true), 1));
    assert!(verdict.events > 5, "{}", verdict.events);
    rig.world.pass(60);
    assert_eq!(rig.api.release_bundle(id.clone()).await.unwrap().content, first.content, "nothing happened to it meanwhile but exports");
    let noted =
        rig.api.audit_page(AuditPageRequest { subject_id: Some(id.id.clone()), limit: 1, ..AuditPageRequest::default() }).await.unwrap();
    assert!(noted[0].summary.starts_with("Saved the bundle of 1.2.0 as checkout 1.2.0 bundle.zip"), "{}", noted[0].summary);

    let secrets =
        rig.world.secrets.lock().unwrap().values().map(|s| secrecy::ExposeSecret::expose_secret(s).to_owned()).collect::<Vec<_>>();
    assert!(!secrets.is_empty());
    for secret in secrets.iter().map(String::as_str).chain(["hunter2-smoke"]) {
        assert!(!first.content.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "a secret is in the bundle");
    }
    let mut changed = first.content.clone();
    let at = changed.windows(10).position(|bytes| bytes == b"Looks good").unwrap();
    changed[at] = b'l';
    assert!(!verify_bundle(&changed, Some(&key.fingerprint)).is_sound);
}
