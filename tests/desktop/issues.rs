//! Issues and feedback, both ways: a labelled issue arrives as feedback, is decided and answered at the tracker; what a tester told becomes
//! an issue; a checklist comes out of one.

use super::page::{Page, button, field, heading, list, text};
use super::ready::Ready;
use super::surroundings::Surroundings;
use super::{axe, picture};
use serde_json::json;

/// An issue with the label arrives, with its Markdown and without its picture.
async fn arrive(ready: &Ready) {
    let page = ready.page();
    let body = "By **a cent**.\n\n![the sum](http://127.0.0.1:9/sum.png)";
    assert_eq!(ready.range.write_issue("The rounding is off", body, &["uat", "severity::major"]), 1);
    ready.range.write_issue("Not meant", "", &[]);
    page.click(&button("Begin a round in staging")).await;
    page.click(&button("Issues…")).await;
    page.find(&heading("Issues as feedback")).await;
    page.find(&field("Repository")).await;
    axe::assert_clean(page, "where issues are read").await;
    picture::keep(page, "issues-tracker").await;
    page.click(&button("Save")).await;
    page.click(&text("The rounding is off")).await;
    page.find(&text("[picture: the sum]")).await;
    page.find(&text("Issue open")).await;
    page.click(&button("Fetch issues")).await;
    page.find(&text("0 new, 0 changed")).await;
}

/// It is a blocker, which the issue is told; then it is solved, and the issue closed.
async fn answer(ready: &Ready) {
    let page = ready.page();
    page.click(&button("Blocker")).await;
    page.find(&text("“The rounding is off”: Blocker")).await;
    page.click(&button("Write to issue #1…")).await;
    page.find(&heading("Write to issue #1")).await;
    axe::assert_clean(page, "an answer to an issue").await;
    page.click(&button("Write to the issue")).await;
    page.find(&text("Written to the issue")).await;
    page.click(&button("Solved…")).await;
    page.fill(&field("Solution"), "The rate was old").await;
    page.click(&button("Solved")).await;
    page.find(&text("Solved: The rate was old")).await;
    page.click(&button("Write to issue #1…")).await;
    picture::keep(page, "issues-answer").await;
    page.click(&button("Write to the issue")).await;
    page.find(&text("Issue closed")).await;
    let issue = ready.range.issue(1).unwrap();
    let [held, solved] = issue.comments.as_slice() else { panic!("{issue:?}") };
    assert!(held.starts_with("This holds the version until it is solved."), "{held}");
    assert!(solved.starts_with("Solved: The rate was old") && !issue.is_open, "{issue:?}");
    page.click(&text("The rounding is off")).await;
}

/// What somebody has told becomes an issue, once.
async fn become_issue(ready: &Ready) {
    let page = ready.page();
    page.click(&button("Write down feedback…")).await;
    page.fill(&field("In a line"), "The receipt is late").await;
    page.fill(&list("Whose it is"), "Aiko").await;
    page.click(&button("Keep the feedback")).await;
    page.click(&text("The receipt is late")).await;
    page.click(&button("Make an issue…")).await;
    page.find(&field("Title of the issue")).await;
    axe::assert_clean(page, "feedback that becomes an issue").await;
    picture::keep(page, "issues-file").await;
    page.click(&button("Write the issue")).await;
    page.find(&button("Open nordwind/checkout#3")).await;
    page.find(&text("It became an issue")).await;
    axe::assert_clean(page, "feedback that is an issue").await;
    picture::guide(page, "uat-issues").await;
    let issue = ready.range.issue(3).unwrap();
    assert_eq!((issue.title.as_str(), issue.labels.as_slice()), ("The receipt is late", ["uat".to_owned()].as_slice()));
    assert!(issue.body.contains("- Severity: minor") && issue.body.contains("<!-- pilothouse:feedback:"), "{}", issue.body);
    page.click(&button("Fetch issues")).await;
    page.find(&text("0 new, 0 changed")).await;
}

/// A checklist out of an issue, through the command behind the import.
async fn list_of(ready: &Ready, page: &Page) {
    let number = ready.range.write_issue("Go-live", "- [ ] Back up the ledger\n- [ ] Tell support\n", &[]);
    let products = super::command::call(page, "list_products", serde_json::Value::Null).await.unwrap();
    let environment = products[0]["environments"][0]["id"].clone();
    let put = json!({"id": null, "revision": 0, "environment_id": environment, "name": "Go-live", "moment": "before", "items": []});
    let template = ready.ask("put_checklist_template", put).await["id"].clone();
    let site = ready.range.github_url();
    let address = format!("{}/{}/issues/{number}", site.trim_end_matches("/api/v3"), ready.range.repository());
    let report = ready.ask("import_checklist_issue", json!({"template_id": template, "issue": address})).await;
    assert_eq!(report["added"], json!(["Back up the ledger", "Tell support"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_feedback_and_feedback_an_issue() {
    let Some(surroundings) = Surroundings::find("issues and feedback in the window") else { return };
    let ready = Ready::open(&surroundings).await;
    ready.release("1.2.0").await;
    arrive(&ready).await;
    answer(&ready).await;
    become_issue(&ready).await;
    list_of(&ready, ready.page()).await;
    ready.close().await;
}
