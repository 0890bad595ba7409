//! Connections: list, add, verify, replace the token, remove.

use crate::decode::{id, shown};
use crate::error::ApiError;
use crate::network::{NetworkRequest, NetworkView, fingerprint};
use crate::token::Token;
use crate::{Api, IdRequest};
use pilothouse_domain::connection::{Connection, ConnectionSettings, ConnectionStatus, ProviderKind};
use pilothouse_domain::product::Product;
use pilothouse_engine::ports::provider::{
    Capability, ConnectionField, ConnectionFieldKey, ConnectionForm, NetworkCertificates, RateLimit, Support, VerifiedAccount,
};
use pilothouse_engine::usecases::{NewConnection, NewSecret};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A provider that this build can speak to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProviderKindView {
    /// Its word: `github`.
    pub kind: String,
    /// Its name: `GitHub`.
    pub name: String,
    /// The address where nothing else is said; empty where there is none, or where it follows from the rest.
    pub default_base_url: String,
    /// What is asked for to connect, in this order.
    pub fields: Vec<ConnectionFieldView>,
    /// What the account must be allowed to do, in the provider's words.
    pub needs: Vec<String>,
    /// What this provider can and can't do.
    pub capabilities: Vec<CapabilityView>,
}

/// Something that is asked for to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionFieldView {
    /// Which field of the request it fills.
    pub key: ConnectionFieldWord,
    /// What it is called.
    pub label: String,
    /// Where it is found, or what it must be like.
    pub hint: String,
    /// What it may look like.
    pub example: String,
    /// Whether it can't be left out.
    pub required: bool,
    /// Whether it belongs to the secret, and may be replaced together with it.
    pub replaceable: bool,
}

/// Which field of [`AddConnectionRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionFieldWord {
    /// `base_url`.
    BaseUrl,
    /// `user`.
    User,
    /// `region`.
    Region,
    /// `role`.
    Role,
    /// `profile`: stands in for every other field but the address.
    Profile,
    /// `token`: the secret.
    Token,
    /// `session_token`: what belongs to a temporary secret.
    SessionToken,
}

/// Something that a provider may be able to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CapabilityView {
    /// Which: `native_rollback`.
    pub capability: String,
    /// What, in words.
    pub title: String,
    /// How far it goes.
    pub support: SupportWord,
    /// The limit, or why it is lacking and what serves instead; empty where there is nothing to say.
    pub note: String,
}

/// How far a provider has a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SupportWord {
    /// It has it.
    Full,
    /// It has it, with a limit.
    Limited,
    /// It lacks it.
    Lacking,
}

/// What a new connection needs.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct AddConnectionRequest {
    /// The provider's word: `github`.
    pub kind: String,
    /// The name in the window.
    pub name: String,
    /// Base URL of the API; empty for the provider's own.
    pub base_url: String,
    /// Who signs in, where the provider asks for it.
    #[serde(default)]
    pub user: Option<String>,
    /// The region, where the provider has regions.
    #[serde(default)]
    pub region: Option<String>,
    /// The role to take on, where the provider has roles.
    #[serde(default)]
    pub role: Option<String>,
    /// The name of a profile in the provider's own files on this computer, in place of a token.
    #[serde(default)]
    pub profile: Option<String>,
    /// The token; empty where a profile is named. Goes to the keychain.
    pub token: Token,
    /// What belongs to a temporary token. Goes to the keychain.
    #[serde(default)]
    pub session_token: Option<Token>,
    /// How the server is reached.
    #[serde(default)]
    pub network: Option<NetworkRequest>,
    /// The SHA-256 fingerprint of the server's certificate to trust, whoever issued it.
    #[serde(default)]
    pub trusted_fingerprint: Option<String>,
}

/// Another token for a connection.
#[derive(Clone, Debug, Deserialize, Type)]
pub struct ReplaceTokenRequest {
    /// The connection's id.
    pub id: String,
    /// Who signs in with it, where the provider asks for it; left out for whoever did until now.
    #[serde(default)]
    pub user: Option<String>,
    /// The token. Goes to the keychain.
    pub token: Token,
    /// What belongs to a temporary token. Goes to the keychain.
    #[serde(default)]
    pub session_token: Option<Token>,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionView {
    /// Its id.
    pub id: String,
    /// The provider's word.
    pub kind: String,
    /// The provider's name.
    pub kind_name: String,
    /// The name.
    pub name: String,
    /// Base URL of the API.
    pub base_url: String,
    /// Who signs in, where the provider asks for it.
    #[serde(default)]
    pub user: Option<String>,
    /// The profile in the provider's own files that its keys are read from, where it is one.
    pub profile: Option<String>,
    /// How its server is reached.
    pub network: NetworkView,
    /// What the last verification found.
    pub status: ConnectionStatusWord,
    /// Who we are there.
    pub login: Option<String>,
    /// What the token may do, as the provider names it; empty where it doesn't tell.
    pub scopes: Vec<String>,
    /// When the token stops working.
    pub expires_at: Option<String>,
    /// What the token lacks.
    pub missing: Vec<String>,
    /// What the provider said where it refuses the token.
    pub reason: Option<String>,
    /// Since when it refuses it.
    pub refused_since: Option<String>,
    /// Names of the products that use it.
    pub products: Vec<String>,
    /// When it was added.
    pub created_at: String,
    /// How many calls are left, where the provider counts them and has told.
    #[serde(default)]
    pub budget: Option<RateLimitView>,
    /// Until when the provider takes no calls, where it said so.
    #[serde(default)]
    pub paused_until: Option<String>,
}

/// What is known about a connection's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatusWord {
    /// Not asked yet.
    Unverified,
    /// Works.
    Valid,
    /// Works, but may not do all that is needed.
    Limited,
    /// Refused: wrong, expired or revoked.
    Refused,
}

/// A connection right after the provider was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionCheck {
    /// The connection.
    pub connection: ConnectionView,
    /// How many calls are left, where the provider counts them.
    pub rate_limit: Option<RateLimitView>,
}

/// A budget of calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RateLimitView {
    /// Calls in a period.
    pub limit: u32,
    /// Calls left in this one.
    pub remaining: u32,
    /// When the next one begins.
    pub resets_at: String,
}

impl From<&RateLimit> for RateLimitView {
    fn from(told: &RateLimit) -> Self {
        Self { limit: told.limit, remaining: told.remaining, resets_at: shown(told.resets_at) }
    }
}

impl ConnectionView {
    pub(crate) fn new(connection: &Connection, products: &[Product], certificates: &NetworkCertificates) -> Self {
        let account = connection.status.account();
        let mut view = Self {
            id: connection.id.to_string(),
            kind: connection.kind.word().to_owned(),
            kind_name: connection.kind.name().to_owned(),
            name: connection.name.clone(),
            base_url: connection.base_url.clone(),
            user: connection.settings.user.clone(),
            profile: connection.settings.profile.clone(),
            network: NetworkView::new(connection, certificates),
            status: ConnectionStatusWord::Unverified,
            login: account.map(|a| a.login.clone()),
            scopes: account.map(|a| a.scopes.clone()).unwrap_or_default(),
            expires_at: account.and_then(|a| a.expires_at).map(shown),
            missing: Vec::new(),
            reason: None,
            refused_since: None,
            products: products.iter().filter(|p| p.connection_id == connection.id).map(|p| p.name.clone()).collect(),
            created_at: shown(connection.created_at),
            budget: None,
            paused_until: None,
        };
        view.status = match &connection.status {
            ConnectionStatus::Unverified => ConnectionStatusWord::Unverified,
            ConnectionStatus::Valid { .. } => ConnectionStatusWord::Valid,
            ConnectionStatus::Limited { missing, .. } => {
                view.missing.clone_from(missing);
                ConnectionStatusWord::Limited
            }
            ConnectionStatus::Refused { reason, since } => {
                view.reason = Some(reason.clone());
                view.refused_since = Some(shown(*since));
                ConnectionStatusWord::Refused
            }
        };
        view
    }
}

impl ConnectionFieldView {
    fn new(form: &ConnectionForm, field: &ConnectionField) -> Self {
        Self {
            replaceable: form.replaceable.contains(&field.key),
            key: match field.key {
                ConnectionFieldKey::Address => ConnectionFieldWord::BaseUrl,
                ConnectionFieldKey::User => ConnectionFieldWord::User,
                ConnectionFieldKey::Region => ConnectionFieldWord::Region,
                ConnectionFieldKey::Role => ConnectionFieldWord::Role,
                ConnectionFieldKey::Profile => ConnectionFieldWord::Profile,
                ConnectionFieldKey::Secret => ConnectionFieldWord::Token,
                ConnectionFieldKey::SessionToken => ConnectionFieldWord::SessionToken,
            },
            label: field.label.to_owned(),
            hint: field.hint.to_owned(),
            example: field.example.to_owned(),
            required: field.is_required,
        }
    }
}

impl CapabilityView {
    pub(crate) fn new(capability: Capability, support: Support) -> Self {
        let (support, note) = match support {
            Support::Full => (SupportWord::Full, ""),
            Support::Limited(limit) => (SupportWord::Limited, limit),
            Support::Lacking(why) => (SupportWord::Lacking, why),
        };
        Self { capability: capability.word().to_owned(), title: capability.title().to_owned(), support, note: note.to_owned() }
    }
}

impl Api {
    /// The providers that a connection can be made to.
    #[must_use]
    pub fn provider_kinds(&self) -> Vec<ProviderKindView> {
        let view = |kind: &ProviderKind| {
            let form = self.engine.connection_form(*kind);
            let capabilities = self.engine.capabilities(*kind);
            ProviderKindView {
                kind: kind.word().to_owned(),
                name: kind.name().to_owned(),
                default_base_url: form.default_base_url.to_owned(),
                fields: form.fields.iter().map(|field| ConnectionFieldView::new(&form, field)).collect(),
                needs: form.needs.iter().map(|&need| need.to_owned()).collect(),
                capabilities: Capability::ALL.iter().map(|&c| CapabilityView::new(c, capabilities.of(c))).collect(),
            }
        };
        ProviderKind::ALL.iter().map(view).collect()
    }

    /// All connections, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_connections(&self) -> Result<Vec<ConnectionView>, ApiError> {
        let products = self.store().products().await?;
        let budgets = self.engine.connection_budgets().await?;
        let view = |connection: &Connection| ConnectionView {
            budget: budgets.get(&connection.id).map(RateLimitView::from),
            paused_until: self.engine.paused_until(connection.id).map(shown),
            ..self.connection_view(connection, &products)
        };
        Ok(self.store().connections().await?.iter().map(view).collect())
    }

    /// Adds a connection: the provider must know the token, and the keychain must take it.
    ///
    /// # Errors
    /// Where one of them doesn't; nothing is kept then.
    pub async fn add_connection(&self, request: AddConnectionRequest) -> Result<ConnectionCheck, ApiError> {
        let kind = ProviderKind::from_word(&request.kind).ok_or_else(|| {
            let known: Vec<&str> = ProviderKind::ALL.iter().map(|k| k.word()).collect();
            ApiError::invalid(
                "kind",
                format!("`{}` is no provider that is known", request.kind),
                format!("Choose one of: {}.", known.join(", ")),
            )
        })?;
        let (network, secrets) = request.network.unwrap_or_default().parts();
        let new = NewConnection {
            kind,
            name: request.name,
            base_url: request.base_url,
            settings: ConnectionSettings {
                user: request.user,
                region: request.region,
                role: request.role,
                profile: request.profile,
                network,
            },
            token: request.token.into_secret(),
            session_token: request.session_token.map(Token::into_secret),
            network: secrets,
            trust: fingerprint(request.trusted_fingerprint.as_deref())?,
        };
        let (connection, verified) = self.engine.add_connection(&self.actor, new).await?;
        self.connection_check(&connection, Some(&verified)).await
    }

    /// Asks the provider who we are and what we may do.
    ///
    /// # Errors
    /// Where it can't be asked. A refused token is no error: it is what was found out.
    pub async fn verify_connection(&self, request: IdRequest) -> Result<ConnectionCheck, ApiError> {
        let (connection, verified) = self.engine.verify_connection(&self.actor, id("id", &request.id)?).await?;
        self.connection_check(&connection, verified.as_ref()).await
    }

    /// Puts another token in place of the old one, and another user where one is given.
    ///
    /// # Errors
    /// Where the provider or the keychain doesn't take it; the old one stays then.
    pub async fn replace_token(&self, request: ReplaceTokenRequest) -> Result<ConnectionCheck, ApiError> {
        let new = NewSecret {
            user: request.user,
            token: request.token.into_secret(),
            session_token: request.session_token.map(Token::into_secret),
        };
        let (connection, verified) = self.engine.replace_token(&self.actor, id("id", &request.id)?, new).await?;
        self.connection_check(&connection, Some(&verified)).await
    }

    /// Takes a connection away, and its token out of the keychain.
    ///
    /// # Errors
    /// `in_use` while a product uses it.
    pub async fn remove_connection(&self, request: IdRequest) -> Result<(), ApiError> {
        Ok(self.engine.remove_connection(&self.actor, id("id", &request.id)?).await?)
    }

    pub(crate) async fn connection_check(
        &self,
        connection: &Connection,
        verified: Option<&VerifiedAccount>,
    ) -> Result<ConnectionCheck, ApiError> {
        let products = self.store().products().await?;
        let rate_limit = verified.and_then(|v| v.rate_limit).as_ref().map(RateLimitView::from);
        let budget = self.engine.connection_budgets().await?.get(&connection.id).map(RateLimitView::from).or_else(|| rate_limit.clone());
        let paused_until = self.engine.paused_until(connection.id).map(shown);
        let connection = ConnectionView { budget, paused_until, ..self.connection_view(connection, &products) };
        Ok(ConnectionCheck { connection, rate_limit })
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
