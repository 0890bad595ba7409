//! What a person is asked for to connect a GitHub account. Must not ask for what isn't needed.

use pilothouse_engine::ports::provider::{ConnectionField, ConnectionFieldKey as Key, ConnectionForm};

/// The form.
pub(crate) const FORM: ConnectionForm = ConnectionForm {
    default_base_url: "https://api.github.com",
    fields: &[
        ConnectionField {
            key: Key::Address,
            label: "Address of the API",
            hint: "Empty for github.com. Of a server of your own it ends in /api/v3.",
            example: "https://git.example.com/api/v3",
            is_required: false,
        },
        ConnectionField {
            key: Key::Secret,
            label: "Token",
            hint: "A personal access token. Classic: the scopes repo and workflow. Fine-grained: see below.",
            example: "",
            is_required: true,
        },
    ],
    replaceable: &[Key::Secret],
    needs: &[
        "Contents: read and write (tags, releases, changelog)",
        "Actions: read and write (start, follow and cancel runs)",
        "Deployments: read and write (answer reviews)",
        "Metadata: read",
    ],
    secret_may_hold_spaces: false,
};
