//! What a person is asked for to connect a Jenkins account. Must not ask for what isn't needed.

use pilothouse_engine::ports::provider::{ConnectionField, ConnectionFieldKey as Key, ConnectionForm};

/// The form.
pub(crate) const FORM: ConnectionForm = ConnectionForm {
    default_base_url: "",
    fields: &[
        ConnectionField {
            key: Key::Address,
            label: "Address",
            hint: "With the context path, if it has one.",
            example: "https://ci.example.com/jenkins",
            is_required: true,
        },
        ConnectionField { key: Key::User, label: "User id", hint: "The one that you sign in with.", example: "mira", is_required: true },
        ConnectionField {
            key: Key::Secret,
            label: "API token or password",
            hint: "An API token is better: made in your account’s settings, and revoked by itself.",
            example: "",
            is_required: true,
        },
    ],
    replaceable: &[Key::User, Key::Secret],
    needs: &[
        "Overall/Read and Job/Read",
        "Job/Build to start, Job/Cancel to stop",
        "Run/Replay to go back to an earlier build of a Pipeline",
        "Job/Configure to hold a job",
    ],
    secret_may_hold_spaces: true,
};
