//! What a tester does: open the link, say, tell, read the answer.

use crate::world::{World, mira};
use pilothouse_domain::evidence::{EvidenceContent, EvidenceOwnerKind};
use pilothouse_domain::uat::{FeedbackWay, OutcomeWord, Severity};

/// A picture that any browser takes.
pub(crate) fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::RgbaImage::from_pixel(6, 4, image::Rgba([1, 2, 3, 255]));
    image::DynamicImage::ImageRgba8(picture).write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[tokio::test]
async fn a_tester_answers_in_a_browser_and_reads_the_answer() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let link = world.open_link(invited.round.id, &invited.token).await;
    let cookie = link.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains(&format!("Path=/r/{}", invited.round.id)));
    assert!(!link.header("location").contains(&invited.token), "the token stands in no address of a page");
    let browser = world.browser(&invited).await;
    let page = browser.page().await.body;
    for words in [
        "Test Checkout 1.2.0",
        "Aiko",
        "Use the <strong>test cards</strong>. &lt;script&gt;alert(1)",
        "Pay with the test card",
        "A receipt comes",
        "0 of 1",
    ] {
        assert!(page.contains(words), "{words}");
    }

    let scenario = invited.round.scenarios[0].id;
    let said = browser.say(&scenario.to_string(), "failed", "It+stays+empty").await;
    assert_eq!((said.status, said.header("location").contains("done=outcome")), (303, true), "{}", said.body);
    let round = world.engine().store().uat_round(invited.round.id).await.unwrap();
    let outcome = &round.outcomes[0];
    assert_eq!((outcome.word, outcome.remark.as_str(), outcome.tester_id), (OutcomeWord::Failed, "It stays empty", invited.tester));
    assert_eq!(outcome.by.to_string(), "Aiko (feedback form)", "nobody takes it for a person at this computer");

    let told = browser.give("0190-page-1", "The sum is wrong", &[("before.png", &png()), ("notes.txt", b"no picture")]).await;
    assert_eq!(told.header("location"), format!("/r/{}?done=feedback&kept=1&left=1#told", invited.round.id), "{}", told.body);
    // The same page once more: the answer was lost on the way, or the button was pressed twice.
    assert_eq!(browser.give("0190-page-1", "The sum is wrong", &[]).await.status, 303);
    let feedback = world.feedback(invited.round.id).await;
    assert_eq!(feedback.len(), 1, "taken once");
    let one = &feedback[0];
    assert_eq!(
        (one.way, one.severity, one.tester_id, one.from.as_str()),
        (FeedbackWay::Form, Severity::Major, Some(invited.tester), "Aiko")
    );
    let evidence = world.engine().store().evidence_of(EvidenceOwnerKind::Feedback, one.id.uuid()).await.unwrap();
    let EvidenceContent::File { name, media_type, .. } = &evidence[0].content else { panic!("{evidence:?}") };
    assert_eq!((evidence.len(), name.as_str(), media_type.as_str()), (1, "before.png", "image/png"));

    world.engine().answer_feedback(&mira(), one.id, "The rate was old.").await.unwrap();
    let page = browser.page().await.body;
    for words in
        ["The sum is wrong", "1 picture", "Answer of Mira Okafor", "The rate was old.", "It doesn't work", "It stays empty", "1 of 1"]
    {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_tester_sees_their_own_round_and_what_they_told_and_nothing_else() {
    let world = World::open().await;
    let aiko = world.invited(world.staging, "Aiko", "Pay by card").await;
    let jonas = world.invited(world.staging, "Jonas", "").await;
    let lea = world.invited(world.production, "Lea", "Switch the rates").await;
    let (first, second, third) = (world.browser(&aiko).await, world.browser(&jonas).await, world.browser(&lea).await);
    assert_eq!(first.give("0190-page-1", "A secret of Aiko", &[]).await.status, 303);
    assert_eq!(first.say(&aiko.round.scenarios[0].id.to_string(), "passed", "Remark+of+Aiko").await.status, 303);
    let page = second.page().await.body;
    assert!(page.contains("Pay by card") && page.contains("Nothing yet"));
    for words in ["A secret of Aiko", "Remark of Aiko", "Aiko", "Lea", "Switch the rates", &aiko.tester.to_string()] {
        assert!(!page.contains(words), "{words}");
    }
    // The cookie of one round at the pages of another: nobody of that round has that token.
    for path in [format!("/r/{}", lea.round.id), format!("/r/{}?done=outcome", lea.round.id)] {
        assert_eq!(world.get(&path, &first.cookie).await.status, 404);
    }
    // A scenario of another round, from one's own page.
    let elsewhere = lea.round.scenarios[0].id.to_string();
    assert_eq!(first.say(&elsewhere, "failed", "").await.status, 409);
    assert!(third.page().await.body.contains("0 of 1"));
    let round = world.engine().store().uat_round(lea.round.id).await.unwrap();
    assert!(round.outcomes.is_empty());
}

#[tokio::test]
async fn what_cant_be_kept_is_told_and_not_lost() {
    let world = World::open().await;
    let invited = world.invited(world.staging, "Aiko", "Pay by card").await;
    let browser = world.browser(&invited).await;
    let reply = browser.give("0190-page-1", "   ", &[("a.png", &png())]).await;
    assert_eq!(reply.status, 422);
    for words in ["It was not kept", "By a cent.", "Chrome on Android", "Choose the pictures again"] {
        assert!(reply.body.contains(words), "{words}: {}", reply.body);
    }
    assert_eq!(browser.say(&invited.round.scenarios[0].id.to_string(), "", "").await.status, 422);
    world.engine().give_up_round(&mira(), invited.round.id, "another version comes").await.unwrap();
    assert_eq!(browser.give("0190-page-2", "Too late", &[]).await.status, 410);
    assert!(world.feedback(invited.round.id).await.is_empty());
}
