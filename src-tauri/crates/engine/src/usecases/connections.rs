//! Connections: add, verify, replace the token, remove. The secret goes from the argument to the keychain and nowhere else.

use super::networks::{valid_network, valid_network_secrets};
use super::valid_name;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{ConnectionFieldKey, ConnectionForm, NetworkSecrets, Secrets, VerifiedAccount};
use crate::ports::store::Write;
use crate::ports::{ProviderErrorKind, StoreError};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::network::Fingerprint;
use pilothouse_domain::product::Product;
use pilothouse_domain::{Actor, ConnectionId};
use secrecy::{ExposeSecret, SecretString};

/// What a new connection needs.
pub struct NewConnection {
    /// Which provider.
    pub kind: ProviderKind,
    /// The name in the window.
    pub name: String,
    /// Base URL of the API; empty for the provider's own.
    pub base_url: String,
    /// What else its kind needs to know.
    pub settings: ConnectionSettings,
    /// The token; empty where the settings name a profile.
    pub token: SecretString,
    /// What belongs to a temporary token, where the provider has such.
    pub session_token: Option<SecretString>,
    /// The secrets of its network.
    pub network: NetworkSecrets,
    /// The certificate of the server that the person trusts, whoever issued it.
    pub trust: Option<Fingerprint>,
}

/// Another secret for a connection, with what belongs to it.
pub struct NewSecret {
    /// Who signs in with it; `None` for whoever did until now.
    pub user: Option<String>,
    /// The token.
    pub token: SecretString,
    /// What belongs to a temporary token, where the provider has such.
    pub session_token: Option<SecretString>,
}

impl Engine {
    /// Adds a connection: the provider must know the token, and the keychain must take it.
    ///
    /// # Errors
    /// [`EngineError::Keychain`] before anything else where no secret can be kept; the provider's error where it refuses the
    /// token. Nothing is kept then.
    pub async fn add_connection(&self, actor: &Actor, new: NewConnection) -> Result<(Connection, VerifiedAccount), EngineError> {
        let name = valid_name("name", &new.name, 80)?;
        let base_url = self.valid_base_url(new.kind, &new.base_url)?;
        let form = self.ports.providers.form(new.kind);
        let settings = valid_settings(&form, new.settings)?;
        let token = match &settings.profile {
            Some(_) => SecretString::from(""),
            None => self.ports.providers.secret_of(new.kind, valid_token(&form, &new.token)?, new.session_token),
        };
        let secrets = Secrets { token, network: valid_network_secrets(&settings.network, new.network) };
        self.check_network(&settings.network, &secrets.network)?;
        self.ports.keychain.probe().await?;
        if self.store().connections().await?.iter().any(|c| c.name == name) {
            let constraint = "connection_name_key".to_owned();
            return Err(StoreError::Taken { constraint, what: format!("The connection name “{name}”") }.into());
        }
        let mut connection = Connection {
            id: self.new_id(ConnectionId::new),
            revision: 0,
            kind: new.kind,
            name,
            base_url,
            settings,
            status: ConnectionStatus::Unverified,
            created_at: self.now(),
        };
        if let Some(fingerprint) = new.trust {
            connection.settings.network.trusted = Some(self.shown_certificate(&connection, &secrets, fingerprint).await?);
        }
        let client = self.ports.providers.connect_with(&connection, secrets.clone())?;
        let verified = client.verify().await?;
        connection.status = status_of(&verified);
        self.note_verified(connection.id, &verified);
        if connection.settings.profile.is_none() {
            self.ports.keychain.write(connection.id, secrets.token.clone()).await?;
        }
        self.keep_network_secrets(connection.id, &secrets.network).await?;
        let mut change = self.change(actor);
        change.audit_connection("connection.added", &connection, format!("Connected {} as {}", connection.name, verified.account.login));
        self.audit_network(&mut change, None, &connection);
        change.write_connection(connection.clone());
        if let Err(error) = self.ports.store.commit(change.into_set()).await {
            // Without its row nobody would ever find the secret again.
            if let Err(left) = self.forget_secrets(connection.id).await {
                tracing::error!(connection = %connection.id, error = %left, "a token without a connection is left in the keychain");
            }
            return Err(error.into());
        }
        Ok((self.store().connection(connection.id).await?, verified))
    }

    /// Asks the provider who we are, and notes what it says.
    ///
    /// # Errors
    /// Where the provider can't be asked. A refused token is no error: it is what was found out.
    pub async fn verify_connection(&self, actor: &Actor, id: ConnectionId) -> Result<(Connection, Option<VerifiedAccount>), EngineError> {
        let connection = self.store().connection(id).await?;
        self.forget_client(id);
        let client = self.client(&connection).await?;
        let (status, verified) = match client.verify().await {
            Ok(verified) => {
                let verified = self.with_issue_rights(&connection, client.as_ref(), verified).await?;
                self.note_verified(id, &verified);
                (status_of(&verified), Some(verified))
            }
            Err(error) if error.kind == ProviderErrorKind::Unauthorized => {
                self.forget_client(id);
                (ConnectionStatus::Refused { reason: error.message, since: self.now() }, None)
            }
            Err(error) => return Err(error.into()),
        };
        let connection = self.write_status(actor, connection, status).await?;
        Ok((connection, verified))
    }

    fn note_verified(&self, connection: ConnectionId, verified: &VerifiedAccount) {
        if let Some(told) = verified.rate_limit {
            self.budgets.told(connection, told);
        }
    }

    pub(super) async fn write_status(
        &self,
        actor: &Actor,
        mut connection: Connection,
        status: ConnectionStatus,
    ) -> Result<Connection, EngineError> {
        let same = match (&connection.status, &status) {
            (ConnectionStatus::Refused { reason: old, .. }, ConnectionStatus::Refused { reason: new, .. }) => old == new,
            (old, new) => old == new,
        };
        if same {
            return Ok(connection);
        }
        connection.status = status;
        let id = connection.id;
        let summary = match &connection.status {
            ConnectionStatus::Valid { account } => format!("{} knows {} as {}", connection.kind.name(), connection.name, account.login),
            ConnectionStatus::Limited { missing, .. } => format!("The token of {} lacks {}", connection.name, missing.join(", ")),
            ConnectionStatus::Refused { .. } => format!("{} refuses the token of {}", connection.kind.name(), connection.name),
            ConnectionStatus::Unverified => format!("{} is not verified", connection.name),
        };
        let mut change = self.change(actor);
        change.audit_connection("connection.verified", &connection, summary);
        change.write_connection(connection);
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().connection(id).await?)
    }

    /// Puts another token in place of the old one, and another user where one is given. The provider must know them.
    ///
    /// # Errors
    /// Those of [`Engine::add_connection`]; the old token and its user stay then.
    pub async fn replace_token(
        &self,
        actor: &Actor,
        id: ConnectionId,
        new: NewSecret,
    ) -> Result<(Connection, VerifiedAccount), EngineError> {
        let connection = self.store().connection(id).await?;
        if let Some(profile) = &connection.settings.profile {
            let message = format!("the keys of {} are those of the profile {profile}", connection.name);
            return Err(EngineError::invalid("token", message, "Change them in AWS's own files, then verify the connection."));
        }
        let form = self.ports.providers.form(connection.kind);
        let token = valid_token(&form, &new.token)?;
        let mut changed = connection.clone();
        if let Some(user) = new.user {
            changed.settings = with_user(&form, changed.settings, user)?;
        }
        let token = self.ports.providers.secret_of(changed.kind, token, new.session_token);
        let secrets = Secrets { token: token.clone(), network: self.network_secrets(&changed).await? };
        let client = self.ports.providers.connect_with(&changed, secrets)?;
        let verified = self.with_issue_rights(&connection, client.as_ref(), client.verify().await?).await?;
        self.note_verified(id, &verified);
        changed.status = status_of(&verified);
        let mut change = self.change(actor);
        change.audit_connection("connection.token_replaced", &changed, replaced(&form, &connection, &changed));
        change.write_connection(changed);
        let old = self.ports.keychain.read(id).await?;
        self.ports.keychain.write(id, token).await?;
        if let Err(error) = self.ports.store.commit(change.into_set()).await {
            self.put_back(id, old).await;
            return Err(error.into());
        }
        // Only now: a client that is made in between would sign in as the old user with the new token.
        self.forget_client(id);
        Ok((self.store().connection(id).await?, verified))
    }

    /// The secret that belongs to what is stored, after what would belong to another could not be stored.
    async fn put_back(&self, id: ConnectionId, old: Option<SecretString>) {
        let put_back = match old {
            Some(old) => self.ports.keychain.write(id, old).await,
            None => self.ports.keychain.remove(id).await,
        };
        if let Err(error) = put_back {
            tracing::error!(connection = %id, %error, "the old token could not be put back: replace the token again");
        }
        self.forget_client(id);
    }

    /// Takes a connection away, and its secret out of the keychain.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while a product uses it.
    pub async fn remove_connection(&self, actor: &Actor, id: ConnectionId) -> Result<(), EngineError> {
        let connection = self.store().connection(id).await?;
        let environments = self.store().environments(None).await?;
        let used_by = |product: &Product| {
            let mut own = environments.iter().filter(|environment| environment.product_id == product.id);
            product.connection_id == id
                || own.any(|e| [&e.deploy, e.rollback_pipeline()].iter().any(|binding| binding.connection(product.connection_id) == id))
        };
        if let Some(product) = self.store().products().await?.into_iter().find(used_by) {
            return Err(StoreError::InUse { what: format!("{} (by {})", connection.name, product.name) }.into());
        }
        let mut change = self.change(actor);
        change.audit_connection("connection.removed", &connection, format!("Removed {}", connection.name));
        change.write(Write::RemoveConnection(connection));
        self.ports.store.commit(change.into_set()).await?;
        self.forget_client(id);
        Ok(self.forget_secrets(id).await?)
    }

    fn valid_base_url(&self, kind: ProviderKind, text: &str) -> Result<String, EngineError> {
        let text = text.trim().trim_end_matches('/');
        let form = self.ports.providers.form(kind);
        let field = form.field(ConnectionFieldKey::Address);
        let example = field.map_or("https://ci.example.com", |field| field.example);
        if text.is_empty() && form.default_base_url.is_empty() && field.is_some_and(|field| field.is_required) {
            let next = format!("Write the whole address of your {}, such as {example}.", kind.name());
            return Err(EngineError::invalid("base_url", "the address is missing", next));
        }
        if text.is_empty() {
            return Ok(form.default_base_url.to_owned());
        }
        if !(text.starts_with("https://") || text.starts_with("http://")) {
            let next = format!("Write the whole address, such as {example}.");
            return Err(EngineError::invalid("base_url", "the address has no https://", next));
        }
        if text.contains('@') || text.contains('?') || text.contains('#') {
            return Err(EngineError::invalid(
                "base_url",
                "the address holds more than a place",
                "Leave out user names, passwords and anything after ? or #. The token has its own field.",
            ));
        }
        Ok(text.to_owned())
    }
}

/// What is given, without what is empty; nothing required may be missing.
fn valid_settings(form: &ConnectionForm, settings: ConnectionSettings) -> Result<ConnectionSettings, EngineError> {
    let given = |value: Option<String>| value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let settings = ConnectionSettings {
        user: given(settings.user),
        region: given(settings.region),
        role: given(settings.role),
        profile: given(settings.profile).filter(|_| form.field(ConnectionFieldKey::Profile).is_some()),
        network: valid_network(settings.network)?,
    };
    nothing_missing(form, settings)
}

fn nothing_missing(form: &ConnectionForm, settings: ConnectionSettings) -> Result<ConnectionSettings, EngineError> {
    match form.missing(&settings) {
        None => Ok(settings),
        Some(field) => {
            let message = format!("{} is missing", field.label);
            Err(EngineError::invalid(field.key.word(), message, format!("{} For example {}.", field.hint, field.example)))
        }
    }
}

/// The settings with another user. Nobody signs in by name where the token alone says who it is.
fn with_user(form: &ConnectionForm, settings: ConnectionSettings, user: String) -> Result<ConnectionSettings, EngineError> {
    if !form.replaceable.contains(&ConnectionFieldKey::User) {
        return Err(EngineError::invalid("user", "the token alone says whose it is", "Leave the user out."));
    }
    let user = Some(user.trim().to_owned()).filter(|user| !user.is_empty());
    nothing_missing(form, ConnectionSettings { user, ..settings })
}

/// What was replaced, in a sentence for the audit trail.
fn replaced(form: &ConnectionForm, before: &Connection, after: &Connection) -> String {
    let name = &after.name;
    match (form.field(ConnectionFieldKey::User), &before.settings.user, &after.settings.user) {
        (Some(field), Some(old), Some(new)) if old != new => {
            format!("Replaced the token of {name}: its {} is {new}, before {old}", field.label.to_lowercase())
        }
        _ => format!("Replaced the token of {name}"),
    }
}

fn valid_token(form: &ConnectionForm, token: &SecretString) -> Result<SecretString, EngineError> {
    let text = token.expose_secret().trim();
    if text.is_empty() {
        return Err(EngineError::invalid("token", "the token is missing", "Paste the token from the provider's settings."));
    }
    let is_odd = |c: char| c.is_control() || c.is_whitespace() && !form.secret_may_hold_spaces;
    if text.chars().any(is_odd) {
        return Err(EngineError::invalid(
            "token",
            "the token has a space or line break in it",
            "Copy the token again, without the text around it.",
        ));
    }
    Ok(SecretString::from(text.to_owned()))
}

pub(super) fn status_of(verified: &VerifiedAccount) -> ConnectionStatus {
    if verified.missing.is_empty() {
        ConnectionStatus::Valid { account: verified.account.clone() }
    } else {
        ConnectionStatus::Limited { account: verified.account.clone(), missing: verified.missing.clone() }
    }
}
