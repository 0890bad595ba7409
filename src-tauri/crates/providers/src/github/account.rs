//! Who we are at GitHub, until when, and what the token lacks for what Pilothouse does: read workflows, runs, logs, refs,
//! commits and deployments, start, stop, repeat and review runs, make tags and releases.

use super::client::Client;
use super::refusal::list;
use super::route::Route;
use super::wire;
use crate::answer::Answer;
use http::StatusCode;
use pilothouse_domain::Timestamp;
use pilothouse_domain::connection::Account;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind, RateLimit, VerifiedAccount};

/// Asks who we are and what is missing.
pub(super) async fn verify(client: &Client) -> Result<VerifiedAccount, ProviderError> {
    let answer = client.probe(&Route::plain("/user", "the token's account")).await?;
    if !answer.status.is_success() {
        return Err(with_token_hint(client.refusal(&answer)));
    }
    let user: wire::User = answer.json(&client.secret)?;
    let scopes = answer.header("x-oauth-scopes").map(list);
    let missing = match &scopes {
        Some(scopes) => missing_scopes(scopes),
        None => missing_permissions(client).await?,
    };
    let account = Account { login: user.login, scopes: scopes.unwrap_or_default(), expires_at: expiry(&answer) };
    Ok(VerifiedAccount { account, missing, rate_limit: rate_limit(client).await? })
}

/// The login name of the token's account. Costs nothing of the budget when asked again.
pub(super) async fn login(client: &Client) -> Result<String, ProviderError> {
    let answer = client.get(&Route::plain("/user", "the token's account")).await?;
    answer.json::<wire::User>(&client.secret).map(|user| user.login)
}

/// When the token ends, from the header that GitHub adds to every answer for a token that does: `2026-12-01 10:00:00 UTC` or
/// `2026-12-01 10:00:00 +0000`.
pub(super) fn expiry(answer: &Answer) -> Option<Timestamp> {
    let text = answer.header("github-authentication-token-expiration")?.trim().replace(" UTC", " +0000");
    let at = chrono::DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S %z").ok()?;
    Some(Timestamp::new(at.with_timezone(&chrono::Utc)))
}

/// The scopes that a classic token lacks. `repo` covers workflows, runs, logs and contents; `workflow` is about changing workflow
/// files, which Pilothouse doesn't.
fn missing_scopes(granted: &[String]) -> Vec<String> {
    if granted.iter().any(|scope| scope == "repo") { Vec::new() } else { vec!["repo".to_owned()] }
}

/// What a fine-grained token lacks, as far as reading shows: GitHub doesn't list its permissions, so the repository that was pushed
/// to last is tried. Whether it may write shows at the first trigger only.
async fn missing_permissions(client: &Client) -> Result<Vec<String>, ProviderError> {
    let route = Route::plain("/user/repos", "the token's repositories").query("sort", "pushed").query("per_page", "30");
    let answer = client.probe(&route).await?;
    if !answer.status.is_success() {
        let refusal = client.refusal(&answer);
        return if refusal.kind == ProviderErrorKind::Forbidden { Ok(vec!["Metadata: read".to_owned()]) } else { Err(refusal) };
    }
    let repositories: Vec<wire::Repository> = answer.json(&client.secret)?;
    let can_push = |repository: &&wire::Repository| repository.permissions.as_ref().is_some_and(|p| p.push);
    let Some(tried) = repositories.iter().find(can_push).or(repositories.first()) else {
        return Ok(vec!["access to a repository".to_owned()]);
    };
    let mut missing = Vec::new();
    for (template, permission) in [
        ("/actions/workflows", "Actions: read and write"),
        ("/commits", "Contents: read and write"),
        ("/deployments", "Deployments: read and write"),
    ] {
        let route = Route::repo(&tried.full_name, template, &[], tried.full_name.clone())?.query("per_page", "1");
        let answer = client.probe(&route).await?;
        match answer.status {
            // 409: a repository without commits, which we may see.
            status if status.is_success() || status == StatusCode::CONFLICT => {}
            _ => match client.refusal(&answer) {
                refusal if matches!(refusal.kind, ProviderErrorKind::Forbidden | ProviderErrorKind::NotFound) => {
                    missing.push(permission.to_owned());
                }
                refusal => return Err(refusal),
            },
        }
    }
    if repositories.iter().any(|repository| repository.permissions.is_some()) && !repositories.iter().any(|r| can_push(&r)) {
        missing.push("write access to a repository".to_owned());
    }
    Ok(missing)
}

/// The call budget; `None` where the server counts nothing (Enterprise Server answers 404 then).
async fn rate_limit(client: &Client) -> Result<Option<RateLimit>, ProviderError> {
    let answer = client.probe(&Route::plain("/rate_limit", "the call budget")).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let core = answer.json::<wire::RateLimits>(&client.secret)?.resources.core;
    let resets_at = core.reset.checked_mul(1_000_000).and_then(Timestamp::from_micros);
    Ok(resets_at.map(|resets_at| RateLimit { limit: core.limit, remaining: core.remaining, resets_at }))
}

/// A token of an app or of a workflow run has no user.
fn with_token_hint(mut error: ProviderError) -> ProviderError {
    if error.kind == ProviderErrorKind::Forbidden && error.message.contains("by integration") {
        error.message = "This token belongs to an app or a workflow run, not to a person.".to_owned();
        error.next_step = "Use a personal access token (GitHub: Settings, Developer settings).".to_owned();
    }
    error
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use http::HeaderMap;

    fn answer(expiry: &str) -> Answer {
        let name = http::HeaderName::from_static("github-authentication-token-expiration");
        let headers = HeaderMap::from_iter([(name, expiry.parse().unwrap())]);
        Answer { status: StatusCode::OK, headers, body: [].into(), subject: String::new() }
    }

    #[test]
    fn both_forms_of_the_expiry_are_read() {
        let at = Timestamp::parse("2026-12-01T10:00:00Z");
        assert!(at.is_some());
        assert_eq!(expiry(&answer("2026-12-01 10:00:00 UTC")), at);
        assert_eq!(expiry(&answer("2026-12-01 10:00:00 +0000")), at);
        assert_eq!(expiry(&answer("2026-12-01 12:00:00 +0200")), at);
        assert_eq!(expiry(&answer("never")), None);
    }

    #[test]
    fn repo_is_the_only_scope_that_is_needed() {
        assert_eq!(missing_scopes(&["repo".into(), "gist".into()]), Vec::<String>::new());
        assert_eq!(missing_scopes(&["public_repo".into(), "repo:status".into()]), ["repo"]);
        assert_eq!(missing_scopes(&[]), ["repo"]);
    }
}
