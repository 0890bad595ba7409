//! How connections reach their servers: authorities, client certificates, proxies, time-outs, and the certificate that a person
//! trusts on purpose. Must not trust anything by itself.

use super::connections::status_of;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{NetworkCertificates, NetworkSecrets, Secrets, VerifiedAccount};
use crate::ports::{KeychainError, ProviderErrorKind, SecretPart};
use pilothouse_domain::connection::{Connection, ConnectionStatus};
use pilothouse_domain::network::{CALL_TIMEOUT_S, CONNECT_TIMEOUT_S, Certificate, Fingerprint, NetworkSettings};
use pilothouse_domain::{Actor, ConnectionId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::ops::RangeInclusive;

/// Another network for a connection.
pub struct NetworkEdit {
    /// What is to hold from now on; the trusted certificate in it is ignored.
    pub settings: NetworkSettings,
    /// Which certificate of the server is trusted, whoever issued it.
    pub trust: Trust,
    /// New secrets. What isn't given stays, as long as the settings have a use for it.
    pub secrets: NetworkSecrets,
}

/// What becomes of the certificate that a person trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It stays as it is.
    Keep,
    /// None is trusted any more but by the rules that hold for all.
    Forget,
    /// This one, which the server must show right now.
    Certificate(Fingerprint),
}

impl Engine {
    /// Changes how a connection reaches its server, and asks the provider who we are that way.
    ///
    /// # Errors
    /// Where a setting can't be used, or the provider can't be asked that way; the old settings stay then. To trust less is kept
    /// whatever the provider says.
    pub async fn edit_network(
        &self,
        actor: &Actor,
        id: ConnectionId,
        edit: NetworkEdit,
    ) -> Result<(Connection, Option<VerifiedAccount>), EngineError> {
        let old = self.store().connection(id).await?;
        let mut new = old.clone();
        new.settings.network = valid_network(edit.settings)?;
        let mut secrets = Secrets { token: self.token(&old).await?, network: valid_network_secrets(&new.settings.network, edit.secrets) };
        let has_new_secret = secrets.network.client_key.is_some() || secrets.network.proxy_password.is_some();
        let kept = self.parts(id, &new.settings.network).await?;
        secrets.network.client_key = secrets.network.client_key.or(kept.client_key);
        secrets.network.proxy_password = secrets.network.proxy_password.or(kept.proxy_password);
        self.check_network(&new.settings.network, &secrets.network)?;
        let trusted = old.settings.network.trusted.clone();
        new.settings.network.trusted = match edit.trust {
            Trust::Keep => trusted,
            Trust::Forget => None,
            Trust::Certificate(fingerprint) => match trusted.filter(|trusted| trusted.fingerprint == fingerprint) {
                Some(same) => Some(same),
                None => Some(self.shown_certificate(&new, &secrets, fingerprint).await?),
            },
        };
        let trusts_less = old.settings.network.trusted.is_some() && new.settings.network.trusted.is_none();
        let answer = match self.ports.providers.connect_with(&new, secrets.clone()) {
            Ok(client) => client.verify().await,
            Err(error) => Err(error),
        };
        let verified = match answer {
            Ok(verified) => {
                new.status = status_of(&verified);
                Some(verified)
            }
            Err(error) if error.kind == ProviderErrorKind::Unauthorized => {
                new.status = ConnectionStatus::Refused { reason: error.message, since: self.now() };
                None
            }
            Err(error) if trusts_less => {
                tracing::info!(connection = %id, %error, "trust was withdrawn, and the provider can't be asked without it");
                None
            }
            Err(error) => return Err(error.into()),
        };
        self.keep_network_secrets(id, &secrets.network).await?;
        self.forget_client(id);
        if new.settings == old.settings && !has_new_secret {
            return Ok((self.write_status(actor, old, new.status).await?, verified));
        }
        let mut change = self.change(actor);
        self.audit_network(&mut change, Some((&old, has_new_secret)), &new);
        change.write_connection(new);
        self.ports.store.commit(change.into_set()).await?;
        Ok((self.store().connection(id).await?, verified))
    }

    /// What the certificates in a connection's settings say.
    #[must_use]
    pub fn network_certificates(&self, network: &NetworkSettings) -> NetworkCertificates {
        self.ports.providers.certificates(network)
    }

    /// The certificate with this fingerprint, as the server shows it now and by no other trust.
    pub(super) async fn shown_certificate(
        &self,
        connection: &Connection,
        secrets: &Secrets,
        fingerprint: Fingerprint,
    ) -> Result<Certificate, EngineError> {
        let mut plain = connection.clone();
        plain.settings.network.trusted = None;
        let Err(error) = self.ports.providers.connect_with(&plain, secrets.clone())?.verify().await else {
            return Err(EngineError::invalid(
                "trusted_fingerprint",
                "the server's certificate is trusted already, by its issuer",
                "Leave out the fingerprint: there is nothing to trust beside it.",
            ));
        };
        match error.kind {
            ProviderErrorKind::CertificateRefused(refusal) if refusal.can_be_trusted && refusal.certificate.fingerprint == fingerprint => {
                Ok(refusal.certificate)
            }
            // Whatever else it shows: the refusal names it, and with it what to compare.
            kind => Err(crate::ports::ProviderError { kind, ..error }.into()),
        }
    }

    pub(super) fn check_network(&self, network: &NetworkSettings, secrets: &NetworkSecrets) -> Result<(), EngineError> {
        let checked = self.ports.providers.check_network(network, secrets);
        checked.map_err(|fault| EngineError::invalid(fault.field, fault.message, fault.next_step))
    }

    /// The secrets of a connection.
    pub(crate) async fn secrets(&self, connection: &Connection) -> Result<Secrets, EngineError> {
        Ok(Secrets { token: self.token(connection).await?, network: self.network_secrets(connection).await? })
    }

    async fn token(&self, connection: &Connection) -> Result<SecretString, EngineError> {
        if connection.settings.profile.is_some() {
            return Ok(SecretString::from(""));
        }
        let token = self.ports.keychain.read(connection.id).await?;
        token.ok_or_else(|| EngineError::NoSecret { connection: connection.name.clone() })
    }

    pub(super) async fn network_secrets(&self, connection: &Connection) -> Result<NetworkSecrets, EngineError> {
        let network = &connection.settings.network;
        let secrets = self.parts(connection.id, network).await?;
        if network.client_certificate.is_some() && secrets.client_key.is_none() {
            return Err(EngineError::NoClientKey { connection: connection.name.clone() });
        }
        Ok(secrets)
    }

    /// What the keychain has of what these settings have a use for.
    async fn parts(&self, id: ConnectionId, network: &NetworkSettings) -> Result<NetworkSecrets, KeychainError> {
        let mut secrets = NetworkSecrets::default();
        if network.client_certificate.is_some() {
            secrets.client_key = self.ports.keychain.read_part(id, SecretPart::ClientKey).await?;
        }
        if network.proxy_user.is_some() {
            secrets.proxy_password = self.ports.keychain.read_part(id, SecretPart::ProxyPassword).await?;
        }
        Ok(secrets)
    }

    /// Keeps these secrets, and none that is not among them.
    pub(super) async fn keep_network_secrets(&self, id: ConnectionId, secrets: &NetworkSecrets) -> Result<(), KeychainError> {
        for (part, secret) in [(SecretPart::ClientKey, &secrets.client_key), (SecretPart::ProxyPassword, &secrets.proxy_password)] {
            match secret {
                Some(secret) => self.ports.keychain.write_part(id, part, secret.clone()).await?,
                None => self.ports.keychain.remove_part(id, part).await?,
            }
        }
        Ok(())
    }

    /// Takes every secret of a connection out of the keychain.
    pub(super) async fn forget_secrets(&self, id: ConnectionId) -> Result<(), KeychainError> {
        self.ports.keychain.remove(id).await?;
        for part in SecretPart::ALL {
            self.ports.keychain.remove_part(id, *part).await?;
        }
        Ok(())
    }

    /// Says in the audit log what has changed from `old` (nothing, for a new connection; with whether a secret is new) to `new`.
    pub(super) fn audit_network(&self, change: &mut Change, old: Option<(&Connection, bool)>, new: &Connection) {
        let before = old.map(|(old, _)| old.settings.network.clone()).unwrap_or_default();
        let after = &new.settings.network;
        let fingerprints = self.ports.providers.certificates(after);
        let data = json!({
            "trusted": after.trusted,
            "authorities": fingerprints.authorities.iter().map(|authority| authority.fingerprint).collect::<Vec<_>>(),
            "client_certificate": fingerprints.client.map(|client| client.fingerprint),
            "proxy": after.proxy,
            "proxy_user": after.proxy_user,
            "connect_timeout_s": after.connect_timeout_s,
            "call_timeout_s": after.call_timeout_s,
        });
        match &after.trusted {
            Some(trusted) if before.trusted.as_ref() != Some(trusted) => {
                let summary = format!("Trusts the certificate {} of {} for {}", trusted.fingerprint, trusted.subject, new.name);
                change.audit_network("connection.certificate_trusted", new, summary, data.clone());
            }
            None if before.trusted.is_some() => {
                let summary = format!("Trusts no certificate of its own for {} any more", new.name);
                change.audit_network("connection.trust_withdrawn", new, summary, data.clone());
            }
            _ => {}
        }
        let is_same = NetworkSettings { trusted: None, ..before } == NetworkSettings { trusted: None, ..after.clone() };
        if old.is_some_and(|(_, has_new_secret)| has_new_secret || !is_same) {
            change.audit_network("connection.network_changed", new, format!("Changed how {} is reached", new.name), data);
        }
    }
}

/// What is given, without what is empty; the time-outs in their ranges. Never a trusted certificate: that is asked of the server.
pub(super) fn valid_network(network: NetworkSettings) -> Result<NetworkSettings, EngineError> {
    let given = |value: Option<String>| value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    in_range("connect_timeout_s", network.connect_timeout_s, &CONNECT_TIMEOUT_S)?;
    in_range("call_timeout_s", network.call_timeout_s, &CALL_TIMEOUT_S)?;
    let proxy = given(network.proxy);
    Ok(NetworkSettings {
        ca_certificates: given(network.ca_certificates),
        client_certificate: given(network.client_certificate),
        trusted: None,
        proxy_user: given(network.proxy_user).filter(|_| proxy.is_some()),
        proxy,
        connect_timeout_s: network.connect_timeout_s,
        call_timeout_s: network.call_timeout_s,
    })
}

fn in_range(field: &'static str, seconds: Option<u16>, range: &RangeInclusive<u16>) -> Result<(), EngineError> {
    if seconds.is_none_or(|seconds| range.contains(&seconds)) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    Err(EngineError::invalid(field, format!("the time-out is not between {least} and {most} s"), "Choose a value in between, or none."))
}

/// Those secrets that the settings have a use for.
pub(super) fn valid_network_secrets(network: &NetworkSettings, secrets: NetworkSecrets) -> NetworkSecrets {
    let given = |secret: Option<SecretString>| secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    NetworkSecrets {
        client_key: given(secrets.client_key).filter(|_| network.client_certificate.is_some()),
        proxy_password: given(secrets.proxy_password).filter(|_| network.proxy_user.is_some()),
    }
}
