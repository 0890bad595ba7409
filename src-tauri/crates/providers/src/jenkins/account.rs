//! Who we are at Jenkins, whether it is one, and what is missing as far as Jenkins tells: it has no list of a user's permissions, so
//! what the user can see is looked at. Whether jobs may be built shows at the first trigger.

use super::client::Client;
use super::refusal;
use super::route::Route;
use super::wire::{Item, WhoAmI};
use crate::failure::{failure, unexpected};
use pilothouse_domain::connection::Account;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind, VerifiedAccount};

/// Asks who we are and what is missing.
pub(super) async fn verify(client: &Client) -> Result<VerifiedAccount, ProviderError> {
    let answer = client.probe_afresh(&Route::plain("/whoAmI/api/json", "the user")).await?;
    if answer.wants_login() {
        return Err(refusal::login("the user"));
    }
    if !answer.is_of_jenkins() && matches!(answer.status.as_u16(), 200..=499) && answer.status.as_u16() != 429 {
        return Err(unexpected(
            format!("No Jenkins answers there (status {}, no X-Jenkins header).", answer.status.as_u16()),
            "Check the base URL: it holds the context path too, such as https://ci.example.com/jenkins.",
        ));
    }
    if !answer.status.is_success() {
        return Err(client.refusal(&answer));
    }
    let user: WhoAmI = answer.told(&client.secret)?;
    if user.anonymous {
        return Err(failure(
            Kind::Unauthorized,
            "Jenkins doesn't know us: it takes the call for that of an anonymous user.",
            "Check the user id and the API token, and that no proxy takes the Authorization header away.",
        ));
    }
    let scopes = user.authorities.into_iter().filter(|authority| authority != "authenticated").collect();
    let account = Account { login: user.name, scopes, expires_at: None };
    Ok(VerifiedAccount { account, missing: missing(client).await?, rate_limit: None })
}

async fn missing(client: &Client) -> Result<Vec<String>, ProviderError> {
    let answer = client.probe(&Route::plain("/api/json", "the root of Jenkins").tree("_class,jobs[_class,name]")).await?;
    match answer.status.as_u16() {
        200..=299 => {
            let root: Item = answer.told(&client.secret)?;
            let sees_none = root.jobs.is_none_or(|jobs| jobs.is_empty());
            Ok(if sees_none { vec!["Job/Read (no folder or job can be seen)".to_owned()] } else { Vec::new() })
        }
        403 => Ok(vec![answer.header("x-required-permission").map_or_else(|| "Overall/Read".to_owned(), |name| client.clean(name))]),
        _ => Err(client.refusal(&answer)),
    }
}
