//! Tag, publication, notes and comparison of a release: what is sent once, what is looked up, and what is refused with which words.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::{Lost, Rig};
use crate::*;

const COMMIT: &str = "a41f9c2";

/// A product whose pipelines run at the release's tag, at a provider that creates tags.
async fn at_the_tag(rig: &Rig) -> ReleaseDetail {
    *rig.world.publishes.lock().unwrap() = true;
    let product = rig
        .product(|product| {
            for environment in &mut product.environments {
                environment.deploy.git_ref = RefRuleDto::ReleaseTag;
            }
        })
        .await;
    let draft = rig.draft(&product, "1.1.0").await;
    rig.plan(&draft).await
}

fn tag_of(release: &ReleaseDetail) -> CreateTagRequest {
    CreateTagRequest { id: release.release.id.clone(), name: None, message: None }
}

fn publish_of(release: &ReleaseDetail) -> PublishReleaseRequest {
    PublishReleaseRequest { id: release.release.id.clone(), title: None, is_prerelease: None }
}

async fn look(rig: &Rig, release: &ReleaseDetail) -> PublicationView {
    rig.api.release_publication(IdRequest { id: release.release.id.clone() }).await.unwrap()
}

async fn actions(rig: &Rig, release: &ReleaseDetail) -> Vec<String> {
    let events = rig.api.engine().store().audit_after(0, 500).await.unwrap();
    events.into_iter().filter(|e| e.entry.subject_id == release.release.id).map(|e| e.entry.action).collect()
}

#[tokio::test]
async fn a_missing_tag_blocks_the_deployment_until_it_is_created() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    let blocked = &release.environments[0].blockers;
    assert_eq!((blocked[0].gate, blocked[0].cleared_by), (GateWord::Tag, ClearedBy::CreatingTag), "{blocked:#?}");
    let request =
        StartDeploymentRequest { release_id: release.release.id.clone(), environment_id: release.environments[0].environment_id.clone() };
    let refused = rig.api.start_deployment(request).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Blocked);
    assert!(refused.blockers.iter().any(|b| b.title.contains("v1.1.0 doesn't exist")), "{refused:#?}");

    let made = rig.api.create_release_tag(tag_of(&release)).await.unwrap();
    assert_eq!((made.tag.state, made.tag.name.as_str()), (TagStateWord::There, "v1.1.0"));
    assert_eq!(rig.world.refs.lock().unwrap().get("v1.1.0").map(String::as_str), Some(COMMIT));
    rig.deploy_through(&release, 0).await;
    assert!(rig.again(&release).await.environments[0].is_current);
    let told = actions(&rig, &release).await;
    let (begun, created) = (told.iter().position(|a| a == "release.tag_begun"), told.iter().position(|a| a == "release.tag_created"));
    assert!(begun.unwrap() < created.unwrap(), "the intent is told first: {told:?}");

    // Once more is no second call.
    rig.api.create_release_tag(tag_of(&release)).await.unwrap();
    assert_eq!(*rig.world.sent.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_tag_that_was_created_with_git_or_taken_away_is_seen_when_it_is_deployed() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    rig.world.refs.lock().unwrap().insert("v1.1.0".into(), COMMIT.into());
    rig.deploy_through(&release, 0).await;
    rig.world.refs.lock().unwrap().insert("v1.1.0".into(), "moved00".into());
    let request =
        StartDeploymentRequest { release_id: release.release.id.clone(), environment_id: release.environments[1].environment_id.clone() };
    let refused = rig.api.start_deployment(request).await.unwrap_err();
    assert!(refused.blockers.iter().any(|b| b.title.contains("at another commit")), "{refused:#?}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_never_sent_again_by_itself() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    *rig.world.lost.lock().unwrap() = Some(Lost::After);
    let made = rig.api.create_release_tag(tag_of(&release)).await.unwrap();
    assert_eq!((made.tag.state, *rig.world.sent.lock().unwrap()), (TagStateWord::There, 1));

    *rig.world.lost.lock().unwrap() = Some(Lost::After);
    let made = rig.api.publish_release(publish_of(&release)).await.unwrap();
    assert_eq!((made.published.state, *rig.world.sent.lock().unwrap()), (PublicationWord::Published, 2));
    assert_eq!(rig.world.published.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_sent_and_is_not_seen_is_waited_for_and_then_free_again() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    *rig.world.lost.lock().unwrap() = Some(Lost::Before);
    let lost = rig.api.create_release_tag(tag_of(&release)).await.unwrap_err();
    assert!(lost.message.contains("isn't known yet") && lost.next_step.contains("not created twice"), "{lost:?}");
    assert_eq!(look(&rig, &release).await.tag.state, TagStateWord::Creating);
    let again = rig.api.create_release_tag(tag_of(&release)).await.unwrap_err();
    assert!(again.message.contains("Mira Okafor is creating"), "{again:?}");
    assert_eq!(*rig.world.sent.lock().unwrap(), 1, "it is not sent again while it may still come");

    rig.world.pass(61);
    assert_eq!(look(&rig, &release).await.tag.state, TagStateWord::Missing);
    assert_eq!(rig.api.create_release_tag(tag_of(&release)).await.unwrap().tag.state, TagStateWord::There);
}

#[tokio::test]
async fn a_tag_at_another_commit_is_an_error_that_loses_nothing() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    rig.world.refs.lock().unwrap().insert("v1.1.0".into(), "feedfac".into());
    let refused = rig.api.create_release_tag(tag_of(&release)).await.unwrap_err();
    assert!(refused.message.contains("feedfac") && refused.next_step.contains("another name"), "{refused:?}");
    assert_eq!(*rig.world.sent.lock().unwrap(), 0);
    assert_eq!(look(&rig, &release).await.tag.state, TagStateWord::Elsewhere);
    assert_eq!(rig.world.refs.lock().unwrap()["v1.1.0"], "feedfac", "it was not moved");

    let bad = rig.api.create_release_tag(CreateTagRequest { name: Some("v 1".into()), ..tag_of(&release) }).await.unwrap_err();
    assert_eq!(bad.field.as_deref(), Some("tag"));
    let other = CreateTagRequest { name: Some("v1.1.0-again".into()), ..tag_of(&release) };
    let made = rig.api.create_release_tag(other).await.unwrap();
    assert_eq!((made.tag.name.as_str(), made.tag.state), ("v1.1.0-again", TagStateWord::There));
    let after = rig.again(&release).await;
    assert_eq!((after.tag.as_str(), after.content_hash), ("v1.1.0-again", release.content_hash), "votes stay: the content is the same");
}

#[tokio::test]
async fn a_release_is_published_once_at_its_tag_and_as_its_version_says() {
    let rig = Rig::new();
    let release = at_the_tag(&rig).await;
    let refused = rig.api.publish_release(publish_of(&release)).await.unwrap_err();
    assert_eq!((refused.code, refused.blockers[0].cleared_by), (ErrorCode::Blocked, ClearedBy::CreatingTag));
    rig.api.create_release_tag(tag_of(&release)).await.unwrap();
    let made = rig.api.publish_release(publish_of(&release)).await.unwrap();
    assert_eq!(made.published.url.as_deref(), Some("https://provider.example/v1.1.0"));
    assert!(!made.published.notes_differ && !made.published.proposed_prerelease);
    rig.api.publish_release(publish_of(&release)).await.unwrap();
    assert_eq!(*rig.world.sent.lock().unwrap(), 2, "a tag and a release");
    let edit = EditReleaseRequest { id: release.release.id.clone(), notes: Some("other words".into()), version: None };
    rig.api.edit_release(edit).await.unwrap();
    assert!(look(&rig, &release).await.published.notes_differ);

    rig.world.published.lock().unwrap().clear();
    assert_eq!(look(&rig, &release).await.published.state, PublicationWord::Unpublished, "it was taken away there");
}

#[tokio::test]
async fn what_a_provider_lacks_is_refused_with_its_words_and_the_commits_write_the_notes() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let release = rig.draft(&product, "1.1.0").await;
    for refused in
        [rig.api.create_release_tag(tag_of(&release)).await.unwrap_err(), rig.api.publish_release(publish_of(&release)).await.unwrap_err()]
    {
        assert!(refused.message.contains("The rig doesn't offer this"), "{refused:?}");
    }
    let view = look(&rig, &release).await;
    assert!(view.published.refused.unwrap().contains("not built for this provider"), "{:?}", view.tag);
    let by = NotesWriterWord::Provider;
    let written = rig.api.generate_notes(GenerateNotesRequest { id: release.release.id.clone(), by }).await.unwrap();
    assert_eq!(written.by, NotesWriterWord::Commits);
    assert!(written.notes.contains("## Features") && written.instead.unwrap().contains("The rig"));
    *rig.world.publishes.lock().unwrap() = true;
    let written = rig.api.generate_notes(GenerateNotesRequest { id: release.release.id.clone(), by }).await.unwrap();
    assert_eq!((written.by, written.notes.as_str()), (NotesWriterWord::Provider, "What is new in v1.1.0"));
}

#[tokio::test]
async fn a_comparison_is_made_with_what_was_verified_and_an_outage_is_told() {
    let rig = Rig::new();
    let product = rig.product(|_| ()).await;
    let release = rig.draft(&product, "1.1.0").await;
    let release = rig.plan(&release).await;
    let request = CompareReleaseRequest { id: release.release.id.clone(), environment_id: None };
    let first = rig.api.compare_release(request.clone()).await.unwrap();
    assert_eq!(first.environments.iter().map(|e| e.direction).collect::<Vec<_>>(), [DirectionWord::First; 2]);
    rig.deploy_through(&release, 0).await;
    let same = rig.api.compare_release(request.clone()).await.unwrap();
    assert_eq!((same.environments[0].direction, same.environments[1].direction), (DirectionWord::Same, DirectionWord::First));
    assert!(same.environments[0].line.contains("1.1.0 runs there"), "{}", same.environments[0].line);
}
