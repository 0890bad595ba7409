//! What is read out of AWS's words. Must not need a server.

use super::*;

#[test]
fn the_field_of_a_validation_message_is_found() {
    let said = "1 validation error detected: Value '' at 'variables.1.member.value' failed to satisfy constraint: Member must …";
    assert_eq!(field(said), Some("variables.1.member.value"));
    assert_eq!(field("The pipeline name is not valid"), None);
    assert_eq!(field("looked at '"), None);
}

#[test]
fn a_denial_names_the_permission_that_aws_names_or_else_that_of_the_call() {
    let said = "User: arn:aws:iam::1:user/x is not authorized to perform: codepipeline:StartPipelineExecution on resource: \
                arn:aws:codepipeline:eu-central-1:1:checkout with an explicit deny in an identity-based policy";
    let error = forbidden("StartPipelineExecution", "pipeline checkout", said);
    assert!(error.next_step.ends_with("codepipeline:StartPipelineExecution on arn:aws:codepipeline:eu-central-1:1:checkout."), "{error:?}");
    assert!(error.message.contains("denies"), "{error:?}");
    let error = forbidden("RollbackStage", "stage Production", "");
    assert_eq!((error.kind, error.next_step.as_str()), (Kind::Forbidden, "Give them the IAM permission codepipeline:RollbackStage."));
}

#[test]
fn quotes_end_as_sentences() {
    assert_eq!((quote("no"), quote("no."), quote("  ")), (" AWS says: no.".to_owned(), " AWS says: no.".to_owned(), String::new()));
}
