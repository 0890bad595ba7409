//! Who we are at GitLab, until when, and what the token lacks for what Pilothouse does.

use super::client::Client;
use super::route::Route;
use super::wire;
use http::StatusCode;
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::Account;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind, VerifiedAccount};

/// The scope that starting, stopping and approving need. It covers all that is read.
const SCOPE: &str = "api";
/// Developer: the least role that starts pipelines.
pub(super) const DEVELOPER: u32 = 30;

/// Asks who we are and what is missing.
pub(super) async fn verify(client: &Client) -> Result<VerifiedAccount, ProviderError> {
    let user = client.probe(&me()).await?;
    if user.status == StatusCode::UNAUTHORIZED {
        return Err(client.refusal(&user));
    }
    let token = about_token(client).await?;
    let login = if user.status.is_success() {
        user.json::<wire::User>(&client.secret)?.username
    } else {
        // A token without the scope for it can still belong to somebody.
        match (client.refusal(&user), token.as_ref().and_then(|token| token.user_id)) {
            (refusal, Some(id)) if refusal.kind == ProviderErrorKind::Forbidden => format!("user {id}"),
            (refusal, _) => return Err(refusal),
        }
    };
    let mut missing = Vec::new();
    let scopes = token.as_ref().map(|token| token.scopes.clone()).unwrap_or_default();
    if token.is_some() && !scopes.iter().any(|scope| scope == SCOPE) {
        missing.push(SCOPE.to_owned());
    }
    if let Some(role) = missing_role(client).await? {
        missing.push(role);
    }
    let expires_at = token.as_ref().and_then(|token| token.expires_at.as_deref()).and_then(moment);
    client.memory.note_expiry(expires_at);
    Ok(VerifiedAccount { account: Account { login, scopes, expires_at }, missing, rate_limit: client.memory.rate_limit() })
}

/// The login name of the token's account. Costs little when asked again.
pub(super) async fn login(client: &Client) -> Result<String, ProviderError> {
    client.read::<wire::User>(&me()).await.map(|user| user.username)
}

fn me() -> Route {
    Route::plain("/user", "the token's account")
}

/// What the token may do and when it ends; `None` for kinds of token that can't be asked (OAuth, old servers).
async fn about_token(client: &Client) -> Result<Option<wire::TokenInfo>, ProviderError> {
    let answer = client.probe(&Route::plain("/personal_access_tokens/self", "the token")).await?;
    match answer.status.as_u16() {
        200..=299 => {
            let token: wire::TokenInfo = answer.json(&client.secret)?;
            if token.revoked || token.active == Some(false) {
                return Err(crate::failure::failure(
                    ProviderErrorKind::Unauthorized,
                    "GitLab says that this token is no longer active.",
                    "Make a new token at GitLab (Preferences, Access tokens) and enter it in the connection.",
                ));
            }
            Ok(Some(token))
        }
        400 | 403 | 404 | 405 => Ok(None),
        _ => Err(client.refusal(&answer)),
    }
}

/// The role that is missing, where the account starts pipelines in no project.
async fn missing_role(client: &Client) -> Result<Option<String>, ProviderError> {
    let route = Route::plain("/projects", "the token's projects").query("membership", "true");
    let route = route.query("min_access_level", &DEVELOPER.to_string()).query("simple", "true").query("per_page", "1");
    let answer = client.probe(&route).await?;
    if !answer.status.is_success() {
        // Already told by the missing scope.
        let refusal = client.refusal(&answer);
        return if refusal.kind == ProviderErrorKind::Forbidden { Ok(None) } else { Err(refusal) };
    }
    let found: Vec<wire::Project> = answer.json(&client.secret)?;
    Ok(found.is_empty().then(|| "the role Developer in a project".to_owned()))
}

/// A day stands for its beginning: GitLab refuses the token from midnight UTC on.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_beginning() {
        assert!(moment("2026-12-31").is_some());
        assert_eq!(moment("2026-12-31"), Timestamp::parse("2026-12-31T00:00:00Z"));
        assert_eq!(moment("2026-12-31T10:00:00Z"), Timestamp::parse("2026-12-31T10:00:00Z"));
        assert_eq!(moment("never"), None);
    }
}
