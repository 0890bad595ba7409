//! Issues: read with a label and since a change, written, answered, labelled, closed. What keeps none says why.

use crate::conformance::fixture::{Fixture, Setup, Token};
use pilothouse_engine::ports::provider::{CallOutcome, Capability, IssueChange, IssueSearch, NewIssue, ProviderErrorKind};

pub(crate) async fn issues_are_read_written_and_answered<F: Fixture>() {
    let stand_in = F::start(Setup::default()).await;
    let (facts, provider) = (stand_in.facts(), stand_in.client(Token::Full));
    let all = IssueSearch::default();
    if !provider.capabilities().has(Capability::Issues) {
        let refused = provider.issues(&facts.repository, &all).await.unwrap_err();
        assert_eq!(refused, provider.capabilities().refusal(Capability::Issues));
        return;
    }
    assert_eq!(provider.issues(&facts.repository, &all).await.unwrap().issues, vec![]);
    let new = |title: &str, labels: &[&str]| NewIssue {
        title: title.to_owned(),
        body: "By a cent.\n\n<!-- mark -->".to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let weak = stand_in.client(Token::ReadOnly).create_issue(&facts.repository, &new("No", &[])).await.unwrap_err();
    assert_eq!((weak.kind.clone(), weak.outcome()), (ProviderErrorKind::Forbidden, CallOutcome::Refused), "{weak:?}");
    let made = provider.create_issue(&facts.repository, &new("The sum is wrong", &["uat", "s2"])).await.unwrap();
    let other = provider.create_issue(&facts.repository, &new("Another", &[])).await.unwrap();
    assert!(made.is_open && made.number != other.number && made.url.contains(&facts.repository), "{made:?}");
    assert_eq!((made.labels.clone(), made.body.as_str()), (vec!["uat".to_owned(), "s2".to_owned()], "By a cent.\n\n<!-- mark -->"));
    assert!(!made.author.is_empty());
    assert_eq!(provider.issue(&facts.repository, made.number).await.unwrap(), made);
    let missing = provider.issue(&facts.repository, 4_711).await.unwrap_err();
    assert_eq!(missing.kind, ProviderErrorKind::NotFound, "{missing:?}");

    let labelled = IssueSearch { label: Some("uat".to_owned()), changed_since: Some(made.updated_at) };
    let found = provider.issues(&facts.repository, &labelled).await.unwrap();
    assert_eq!((found.issues, found.is_cut), (vec![made.clone()], false));

    provider.comment_on_issue(&facts.repository, made.number, "/close\n\n<!-- answer -->").await.unwrap();
    let comments = provider.issue_comments(&facts.repository, made.number, made.created_at).await.unwrap();
    let [comment] = comments.as_slice() else { panic!("{comments:?}") };
    assert!(comment.body.contains("/close") && comment.body.ends_with("<!-- answer -->"), "{comment:?}");
    assert!(provider.issue(&facts.repository, made.number).await.unwrap().is_open, "what is written is no command");
    assert_eq!(provider.issue_comments(&facts.repository, other.number, made.created_at).await.unwrap(), vec![]);

    let change = IssueChange { add_labels: vec!["solved".to_owned()], close: true };
    for _ in 0..2 {
        provider.change_issue(&facts.repository, made.number, &change).await.unwrap();
        let changed = provider.issue(&facts.repository, made.number).await.unwrap();
        assert!(!changed.is_open && changed.labels == ["uat", "s2", "solved"], "{changed:?}");
    }
    let found = provider.issues(&facts.repository, &IssueSearch { label: Some("uat".to_owned()), changed_since: None }).await.unwrap();
    assert_eq!(found.issues.len(), 1, "closed ones are told, too");
}
