//! Roles, rules of a product that merge with those of its environments, and what an approver is shown: through the whole api.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::rig::Rig;
use crate::*;

fn team() -> TeamDto {
    TeamDto {
        roles: vec![RoleDto { name: "QA".into(), members: vec!["Aiko".into(), "Jonas".into()] }],
        required_approvals: 2,
        required_approvers: Vec::new(),
        required_roles: vec!["qa".into()],
    }
}

fn vote(release: &ReleaseDetail, verdict: VerdictWord, comment: &str) -> VoteRequest {
    VoteRequest { id: release.release.id.clone(), verdict, comment: comment.into(), content_hash: release.content_hash.clone() }
}

fn approvals(release: &ReleaseDetail, environment: usize) -> Option<String> {
    let blockers = &release.environments[environment].blockers;
    blockers.iter().find(|b| b.gate == GateWord::Approvals).map(|b| format!("{}. {}", b.title, b.detail))
}

#[tokio::test]
async fn the_products_rules_hold_everywhere_and_are_not_written_into_its_environments() {
    let rig = Rig::new();
    let product = rig.product(|product| product.team = team()).await;
    assert_eq!(product.environments[0].rules.required_approvals, 0, "its own rules stay its own");
    let release = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    let missing = approvals(&release, 0).unwrap();
    assert!(missing.starts_with("2 of 2 approvals are missing") && missing.contains("as QA"), "{missing}");
    rig.as_person("Lea").vote(vote(&release, VerdictWord::Approved, "")).await.unwrap();
    let release = rig.as_person("Noor").vote(vote(&release, VerdictWord::Approved, "")).await.unwrap();
    let missing = approvals(&release, 0).unwrap();
    assert!(missing.contains("One of Aiko, Jonas has to be among them, as QA."), "two are there, and none of them is QA: {missing}");
    let release = rig.as_person("jonas").vote(vote(&release, VerdictWord::Approved, "")).await.unwrap();
    assert_eq!(approvals(&release, 0), None);
    assert!(release.environments[0].holds.iter().any(|hold| hold.title == "3 of 2 approvals"), "{:?}", release.environments[0].holds);
    let same = rig.api.get_product(IdRequest { id: product.id.clone().unwrap() }).await.unwrap();
    assert_eq!(same, product);
}

#[tokio::test]
async fn a_team_that_cannot_be_is_refused() {
    let rig = Rig::new();
    let product = rig.product(|_| {}).await;
    let refused = async |change: fn(&mut ProductDto)| {
        let mut request = product.clone();
        request.team = team();
        change(&mut request);
        let error = rig.api.change_product(request).await.unwrap_err();
        (error.code, error.field)
    };
    let team = || (ErrorCode::Invalid, Some("team".to_owned()));
    assert_eq!(refused(|p| p.team.roles.clear()).await, team());
    assert_eq!(refused(|p| p.team.roles[0].members.clear()).await, team());
    assert_eq!(refused(|p| p.team.roles.push(RoleDto { name: "qa".into(), members: vec!["Lea".into()] })).await, team());
    assert_eq!(refused(|p| p.environments[0].rules.required_roles.push("DBA".into())).await, team());
    assert_eq!(refused(|p| p.team.required_approvals = 21).await, team());
}

#[tokio::test]
async fn an_approver_sees_what_differs_from_what_was_agreed_to_before() {
    let rig = Rig::new();
    let mut product = rig.product(|product| product.environments[1].rules.required_approvals = 0).await;
    let first = rig.plan(&rig.draft(&product, "1.2.0").await).await;
    assert_eq!(first.plan_difference, None, "there is nothing to compare it with");
    for environment in 0..2 {
        rig.deploy_through(&first, environment).await;
    }
    product.environments[1].deploy.inputs.push(InputDto { name: "region".into(), value: InputValueDto::Literal { text: "eu".into() } });
    let product = rig.api.change_product(product).await.unwrap();
    let draft = rig.draft(&product, "1.3.0").await;
    let next = rig.plan(&draft).await;
    let difference = next.plan_difference.clone().unwrap();
    assert_eq!((difference.against.as_str(), difference.is_own, difference.changes.len()), ("1.2.0", false, 1), "{difference:?}");
    assert_eq!((difference.changes[0].what.as_str(), difference.changes[0].after.as_str()), ("deploy input region", "“eu”"));

    rig.as_person("Jonas").vote(vote(&next, VerdictWord::Rejected, "Without remarks?")).await.unwrap();
    let remarks = PlanReleaseRequest { id: next.release.id.clone(), environment_ids: Vec::new(), remarks: "After closing time".into() };
    let anew = rig.api.plan_release(remarks).await.unwrap();
    let difference = anew.plan_difference.unwrap();
    assert_eq!((difference.against.as_str(), difference.is_own), ("the plan that Jonas voted on", true));
    assert_eq!(difference.changes.iter().map(|c| c.what.as_str()).collect::<Vec<_>>(), ["remarks"]);
}
