//! What a person is asked for to connect an account, as data: the window and the command line ask for just that.

use pilothouse_domain::connection::ConnectionSettings;

/// What a kind of connection asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionForm {
    /// The base URL where none is given; empty where there is none, or where it follows from the rest.
    pub default_base_url: &'static str,
    /// What is asked for, in this order.
    pub fields: &'static [ConnectionField],
    /// What belongs to the secret and may be replaced together with it; the other fields stay as they are.
    pub replaceable: &'static [ConnectionFieldKey],
    /// What the account must be allowed to do, in the provider's own words.
    pub needs: &'static [&'static str],
    /// Whether the secret may be a password or a document, and so hold spaces.
    pub secret_may_hold_spaces: bool,
}

/// Something that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionField {
    /// What it is.
    pub key: ConnectionFieldKey,
    /// What it is called there.
    pub label: &'static str,
    /// Where it is found, or what it must be like.
    pub hint: &'static str,
    /// What it may look like; empty for secrets.
    pub example: &'static str,
    /// Whether it can't be left out.
    pub is_required: bool,
}

/// What may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionFieldKey {
    /// [`Connection::base_url`](pilothouse_domain::connection::Connection).
    Address,
    /// [`ConnectionSettings::user`].
    User,
    /// [`ConnectionSettings::region`].
    Region,
    /// [`ConnectionSettings::role`].
    Role,
    /// [`ConnectionSettings::profile`]: stands in for every other field but the address.
    Profile,
    /// The secret, which goes to the keychain.
    Secret,
    /// What belongs to a temporary secret, and goes to the keychain with it.
    SessionToken,
}

impl ConnectionFieldKey {
    /// The field's word in requests.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Address => "base_url",
            Self::User => "user",
            Self::Region => "region",
            Self::Role => "role",
            Self::Profile => "profile",
            Self::Secret => "token",
            Self::SessionToken => "session_token",
        }
    }
}

impl ConnectionForm {
    /// The field for this.
    #[must_use]
    pub fn field(&self, key: ConnectionFieldKey) -> Option<&'static ConnectionField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The first required setting that is missing.
    #[must_use]
    pub fn missing(&self, settings: &ConnectionSettings) -> Option<&'static ConnectionField> {
        if settings.profile.is_some() {
            return None;
        }
        self.fields.iter().find(|field| {
            let given = match field.key {
                ConnectionFieldKey::User => &settings.user,
                ConnectionFieldKey::Region => &settings.region,
                ConnectionFieldKey::Role => &settings.role,
                ConnectionFieldKey::Profile => &settings.profile,
                ConnectionFieldKey::Address | ConnectionFieldKey::Secret | ConnectionFieldKey::SessionToken => return false,
            };
            field.is_required && given.is_none()
        })
    }
}
