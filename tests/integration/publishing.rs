//! From a branch to a published release over real HTTP: tag, notes, publication and comparison at GitHub and GitLab; the ones that keep
//! no source refuse with their words, and a clone on this computer stands in for them.

use super::rig::{Rig, has_session};
use pilothouse_api::{
    AddConnectionRequest, CompareReleaseRequest, CreateTagRequest, DirectionWord, DraftReleaseRequest, ErrorCode, GenerateNotesRequest,
    IdRequest, NotesWriterWord, PlanReleaseRequest, ProductDto, PublicationWord, PublishReleaseRequest, RefRuleDto, ReleaseDetail,
    SetCloneRequest, SignatureWord, SourceKindWord, StartDeploymentRequest, TagStateWord,
};
use pilothouse_range::{Fault, Operation, Order};
use secrecy::SecretString;

async fn connection(rig: &Rig, kind: &str, base_url: String, token: String, user: Option<String>) -> String {
    let request = AddConnectionRequest {
        kind: kind.to_owned(),
        name: format!("Our {kind}"),
        base_url,
        user,
        region: None,
        role: None,
        profile: None,
        session_token: None,
        network: None,
        trusted_fingerprint: None,
        token: SecretString::from(token).into(),
    };
    rig.api().add_connection(request).await.unwrap().connection.id
}

/// The rig's product with its source elsewhere; its pipelines stay where they are.
async fn product_from(rig: &Rig, name: &str, connection_id: &str, repository: &str) -> ProductDto {
    let mut product = ProductDto { id: None, name: name.to_owned(), ..rig.product.clone() };
    let place = serde_json::json!({ "connection_id": rig.connection, "repository": rig.product.repository });
    (product.connection_id, product.repository) = (connection_id.to_owned(), repository.to_owned());
    for environment in &mut product.environments {
        environment.id = None;
        environment.checks.clear();
        environment.deploy.place = Some(serde_json::from_value(place.clone()).unwrap());
        environment.rollback = None;
    }
    rig.api().add_product(product).await.unwrap()
}

async fn from_main(rig: &Rig, product: &ProductDto, version: &str) -> ReleaseDetail {
    let draft = DraftReleaseRequest {
        product_id: product.id.clone().unwrap(),
        version: version.to_owned(),
        kind: SourceKindWord::Branch,
        name: "main".to_owned(),
        notes: None,
        hotfix: None,
    };
    let id = rig.api().draft_release(draft).await.unwrap().release.id;
    rig.api().plan_release(PlanReleaseRequest { id, environment_ids: Vec::new(), remarks: String::new() }).await.unwrap()
}

fn tag(release: &ReleaseDetail, message: Option<&str>) -> CreateTagRequest {
    CreateTagRequest { id: release.release.id.clone(), name: None, message: message.map(str::to_owned) }
}

fn publish(release: &ReleaseDetail) -> PublishReleaseRequest {
    PublishReleaseRequest { id: release.release.id.clone(), title: None, is_prerelease: None }
}

/// Tag, notes, publication, comparison: the same at each provider that has them.
async fn goes_all_the_way(rig: &Rig, product: &ProductDto, version: &str) {
    let api = rig.api();
    let release = from_main(rig, product, version).await;
    let id = || IdRequest { id: release.release.id.clone() };
    assert_eq!(api.release_publication(id()).await.unwrap().tag.state, TagStateWord::Missing);
    let made = api.create_release_tag(tag(&release, None)).await.unwrap();
    assert_eq!((made.tag.state, made.tag.name), (TagStateWord::There, format!("v{version}")));

    let notes = api.generate_notes(GenerateNotesRequest { id: release.release.id.clone(), by: NotesWriterWord::Provider }).await.unwrap();
    assert!(!notes.notes.trim().is_empty(), "{notes:?}");
    let published = api.publish_release(publish(&release)).await.unwrap();
    assert_eq!(published.published.state, PublicationWord::Published);
    assert!(published.published.url.is_some() && !published.published.notes_differ, "{published:#?}");
    assert_eq!(published.published.title.as_deref(), Some(format!("{} {version}", product.name).as_str()));
    let again = api.publish_release(publish(&release)).await.unwrap();
    assert_eq!(again.published.url, published.published.url);

    let compared = api.compare_release(CompareReleaseRequest { id: release.release.id.clone(), environment_id: None }).await.unwrap();
    assert!(compared.environments.iter().all(|e| e.direction == DirectionWord::First), "{compared:#?}");
}

#[tokio::test]
async fn a_release_of_a_branch_is_tagged_published_and_deployed_at_github() {
    if !has_session("publishing at GitHub") {
        return;
    }
    let rig = Rig::start().await;
    goes_all_the_way(&rig, &rig.product, "7.0.0-rc.1").await;

    // The pipelines run at the tag: without it nothing is started, with it they are.
    let mut product = rig.product.clone();
    for environment in &mut product.environments {
        environment.deploy.git_ref = RefRuleDto::ReleaseTag;
    }
    let product = rig.api().change_product(product).await.unwrap();
    let release = from_main(&rig, &product, "7.0.0").await;
    let start = StartDeploymentRequest { release_id: release.release.id.clone(), environment_id: rig.environment("staging") };
    let refused = rig.api().start_deployment(start.clone()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Blocked, "{refused:#?}");
    assert_eq!(rig.range.stats().dispatches.len(), 0);

    // The answer to the tag is lost on its way back: it is found, and not sent again.
    rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::CreateReference)).unwrap();
    let made = rig.api().create_release_tag(tag(&release, Some(""))).await.unwrap();
    assert_eq!(made.tag.state, TagStateWord::There);
    rig.range.faults().order(Order::once(Fault::DropAfterAccept).on_operation(Operation::WriteRelease)).unwrap();
    let published = rig.api().publish_release(publish(&release)).await.unwrap();
    assert_eq!(published.published.state, PublicationWord::Published);
    let posts = |path: &str| rig.range.requests().iter().filter(|r| r.method == "POST" && r.target.ends_with(path)).count();
    assert_eq!(posts("/git/refs"), 2, "one for each of the two tags");
    assert_eq!(posts("/releases"), 2, "one for each of the two releases");

    // What went to staging is what a later release is compared with, and an earlier one goes back from it.
    let older = rig.release("1.1.0").await;
    rig.api().start_deployment(start).await.unwrap();
    rig.until(|| async {
        let seen = rig.api().get_release(IdRequest { id: release.release.id.clone() }).await.unwrap();
        seen.environments.iter().any(|e| e.is_current && e.deployment.as_ref().is_some_and(|d| d.ended_at.is_some())).then_some(())
    })
    .await;
    let there = CompareReleaseRequest { id: older.release.id.clone(), environment_id: Some(rig.environment("staging")) };
    let back = rig.api().compare_release(there).await.unwrap();
    let staging = &back.environments[0];
    assert_eq!((back.environments.len(), staging.direction), (1, DirectionWord::Back), "{staging:#?}");
    assert!(staging.behind > 0 && !staging.takes_away.is_empty() && staging.brings.is_empty(), "{staging:#?}");
    assert!(staging.takes_away.iter().all(|c| c.url.as_ref().is_some_and(|url| url.contains(&c.sha))), "{staging:#?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_release_of_a_branch_is_tagged_and_published_at_gitlab() {
    if !has_session("publishing at GitLab") {
        return;
    }
    let rig = Rig::start().await;
    let gitlab = connection(&rig, "gitlab", rig.range.gitlab_url(), rig.range.gitlab_tokens().full.clone(), None).await;
    let product = product_from(&rig, "Shop", &gitlab, &rig.range.repository()).await;
    goes_all_the_way(&rig, &product, "8.0.0").await;
    rig.stop().await;
}

#[tokio::test]
async fn who_keeps_no_source_refuses_with_its_words_and_a_clone_stands_in() {
    if !has_session("publishing where no source is kept") {
        return;
    }
    let rig = Rig::start().await;
    let account = rig.range.jenkins_accounts().full.clone();
    let jenkins = connection(&rig, "jenkins", rig.range.jenkins_url().to_owned(), account.secret, Some(account.user)).await;
    let product = product_from(&rig, "Depot", &jenkins, "/").await;
    let product_id = product.id.clone().unwrap();
    let nothing = rig.api().product_refs(IdRequest { id: product_id.clone() }).await.unwrap_err();
    assert!(nothing.message.contains("keeps no source"), "{nothing:?}");

    // The range's own repository is on this computer.
    let path = Some(rig.range.repository_path().display().to_string());
    let clone = rig.api().set_product_clone(SetCloneRequest { product_id: product_id.clone(), path }).await.unwrap().unwrap();
    assert!(clone.tags > 0 && clone.trouble.is_none(), "{clone:?}");
    let refs = rig.api().product_refs(IdRequest { id: product_id.clone() }).await.unwrap();
    assert!(refs.iter().any(|r| r.name == "main") && refs.iter().any(|r| r.kind == SourceKindWord::Tag), "{refs:?}");
    let release = from_main(&rig, &product, "9.0.0").await;
    assert!(!release.changelog.is_empty());
    for refused in [
        rig.api().create_release_tag(tag(&release, None)).await.unwrap_err(),
        rig.api().publish_release(publish(&release)).await.unwrap_err(),
    ] {
        assert!(refused.message.contains("Jenkins") && refused.message.contains("source host"), "{refused:?}");
    }
    let notes = GenerateNotesRequest { id: release.release.id.clone(), by: NotesWriterWord::Provider };
    assert_eq!(rig.api().generate_notes(notes).await.unwrap().by, NotesWriterWord::Commits);
    let compared = CompareReleaseRequest { id: release.release.id.clone(), environment_id: None };
    rig.api().compare_release(compared).await.unwrap();

    // A tag of the clone is told with its signature.
    let newest = refs.iter().find(|r| r.kind == SourceKindWord::Tag).unwrap();
    let draft = DraftReleaseRequest {
        product_id: product_id.clone(),
        version: newest.name.trim_start_matches('v').to_owned(),
        kind: SourceKindWord::Tag,
        name: newest.name.clone(),
        notes: None,
        hotfix: None,
    };
    let tagged = rig.api().draft_release(draft).await.unwrap();
    let view = rig.api().release_publication(IdRequest { id: tagged.release.id }).await.unwrap();
    let signature = view.tag.signature.unwrap();
    assert!(matches!(signature.state, SignatureWord::Lightweight | SignatureWord::Unsigned), "{signature:?}");
    let forgotten = rig.api().set_product_clone(SetCloneRequest { product_id: product_id.clone(), path: None }).await.unwrap();
    assert_eq!((forgotten, rig.api().product_clone(IdRequest { id: product_id }).await.unwrap()), (None, None));
    rig.stop().await;
}
