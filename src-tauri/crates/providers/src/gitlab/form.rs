//! What a person is asked for to connect a GitLab account. Must not ask for what isn't needed.

use pilothouse_engine::ports::provider::{ConnectionField, ConnectionFieldKey as Key, ConnectionForm};

/// The form.
pub(crate) const FORM: ConnectionForm = ConnectionForm {
    default_base_url: "https://gitlab.com/api/v4",
    fields: &[
        ConnectionField {
            key: Key::Address,
            label: "Address",
            hint: "Empty for gitlab.com. Of an instance of your own, with its path if it has one.",
            example: "https://gitlab.example.com",
            is_required: false,
        },
        ConnectionField {
            key: Key::Secret,
            label: "Token",
            hint: "A personal, group or project access token with the scope api.",
            example: "",
            is_required: true,
        },
    ],
    replaceable: &[Key::Secret],
    needs: &["Scope api (read_api to look only)", "Role Developer or higher in the project; Maintainer for freeze periods"],
    secret_may_hold_spaces: false,
};
