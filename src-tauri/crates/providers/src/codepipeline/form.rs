//! What a person is asked for to connect an AWS account’s pipelines in a region. Must not ask for what isn't needed.

use pilothouse_engine::ports::provider::{ConnectionField, ConnectionFieldKey as Key, ConnectionForm};

/// The form.
pub(crate) const FORM: ConnectionForm = ConnectionForm {
    default_base_url: "",
    fields: &[
        ConnectionField { key: Key::Region, label: "Region", hint: "Where the pipelines are.", example: "eu-central-1", is_required: true },
        ConnectionField {
            key: Key::User,
            label: "Access key id",
            hint: "Of a user or role with the permissions below.",
            example: "AKIAIOSFODNN7EXAMPLE",
            is_required: true,
        },
        ConnectionField {
            key: Key::Secret,
            label: "Secret access key",
            hint: "It belongs to the access key id.",
            example: "",
            is_required: true,
        },
        ConnectionField {
            key: Key::SessionToken,
            label: "Session token",
            hint: "Of temporary keys only (ASIA…); they end with it.",
            example: "",
            is_required: false,
        },
        ConnectionField {
            key: Key::Profile,
            label: "AWS profile",
            hint: "In place of keys: the name of a profile in ~/.aws on this computer, read at each use and never copied.",
            example: "release",
            is_required: false,
        },
        ConnectionField {
            key: Key::Role,
            label: "Role to take on",
            hint: "The ARN of a role; empty to act as the key’s own user. Roles that want an external id or MFA are not supported.",
            example: "arn:aws:iam::123456789012:role/release",
            is_required: false,
        },
        ConnectionField {
            key: Key::Address,
            label: "Endpoint",
            hint: "Empty for AWS’s own. For a private endpoint.",
            example: "https://vpce-1.codepipeline.eu-central-1.vpce.amazonaws.com",
            is_required: false,
        },
    ],
    replaceable: &[Key::User, Key::Secret, Key::SessionToken],
    needs: &[
        "codepipeline:List*, Get*",
        "codepipeline:StartPipelineExecution, StopPipelineExecution, RetryStageExecution",
        "codepipeline:PutApprovalResult, RollbackStage",
        "codepipeline:DisableStageTransition, EnableStageTransition",
        "sts:AssumeRole where a role is named",
    ],
    secret_may_hold_spaces: true,
};
