//! The two calls to AWS's token service (STS, <https://docs.aws.amazon.com/STS/latest/APIReference/>) that this adapter needs: who
//! the keys belong to, and the keys of a role. Signed and read here, because a whole SDK for two calls costs more than it gives.

use super::client::{Call, Client, is_amazons};
use super::keys::Keys;
use super::refusal;
use super::wire::LARGEST_ANSWER;
use crate::failure::{failure, unexpected};
use crate::transport;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http_body_util::{BodyExt, Limited};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pilothouse_domain::Timestamp;
use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind as Kind};
use secrecy::SecretString;
use std::time::SystemTime;

/// What AWS's logs call us while we have taken on a role.
const SESSION: &str = "pilothouse";

/// The ARN that the keys stand for. Needs no permission.
pub(super) async fn identity(client: &Client, keys: &Keys) -> Result<String, ProviderError> {
    let call = Call::new("GetCallerIdentity", "the owner of the keys");
    let answer = ask(client, keys, &call, "Action=GetCallerIdentity&Version=2011-06-15").await?;
    match element(&answer, "Arn") {
        Some(arn) if arn.starts_with("arn:") => Ok(arn),
        _ => Err(unexpected("AWS's token service doesn't say whom the keys belong to.", "Check the base URL.")),
    }
}

/// The keys of a role, for an hour.
pub(super) async fn assume(client: &Client, role: &str) -> Result<Keys, ProviderError> {
    let call = Call::new("AssumeRole", format!("role {role}"));
    let encoded = utf8_percent_encode(role, NON_ALPHANUMERIC);
    let form = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={encoded}&RoleSessionName={SESSION}");
    let answer = ask(client, &client.keys, &call, &form).await.map_err(|mut error| {
        if error.kind == Kind::Forbidden {
            error.message = format!("The keys may not take on the role {role}, or it doesn't exist.");
            error.next_step = "Give the keys the IAM permission sts:AssumeRole on it, and name them in the role's trust policy.".to_owned();
        }
        error
    })?;
    let part = |name| element(&answer, name).filter(|text| !text.is_empty());
    match (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")) {
        (Some(id), Some(secret), Some(session)) => {
            let ends = part("Expiration").as_deref().and_then(Timestamp::parse);
            Ok(Keys::lent(id, SecretString::from(secret), SecretString::from(session), ends))
        }
        _ => Err(unexpected(format!("AWS's token service gives no keys for {role}."), "Check the role and the base URL.")),
    }
}

/// Where the token service is: that of the region; where the base URL isn't Amazon's, the same server, as those that stand in for
/// AWS have all services at one address.
fn address(client: &Client) -> String {
    if is_amazons(&client.base.host()) {
        return format!("https://sts.{}.{}/", client.region.name(), client.region.domain());
    }
    client.base.join("/")
}

async fn ask(client: &Client, keys: &Keys, call: &Call, form: &str) -> Result<String, ProviderError> {
    let address = address(client);
    let request = signed(client, keys, &address, form)
        .ok_or_else(|| failure(Kind::Invalid, "The call to AWS's token service can't be signed.", "Check the keys and the region."))?;
    let host = request.url().host_str().unwrap_or_default().to_owned();
    let lost = |error: &(dyn std::error::Error + 'static)| transport::no_answer(error, &host, &client.options, keys.secret());
    let response = client.http.execute(request).await.map_err(|error| lost(&error))?;
    let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    client.memory.note_clock(&parts.headers, chrono::Utc::now());
    let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| lost(&*error))?.to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    if parts.status.is_success() {
        return Ok(text);
    }
    let said = keys.clean(&element(&text, "Message").unwrap_or_default());
    Err(refusal::of_answer(client, call, element(&text, "Code").as_deref(), &said, parts.status.as_u16()))
}

fn signed(client: &Client, keys: &Keys, address: &str, form: &str) -> Option<reqwest::Request> {
    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
    let identity = keys.credentials().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(client.region.name())
        .name("sts")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .ok()?;
    let headers = std::iter::once(("content-type", FORM));
    let signable = SignableRequest::new("POST", address, headers, SignableBody::Bytes(form.as_bytes())).ok()?;
    let (instructions, _) = sign(signable, &params.into()).ok()?.into_parts();
    let mut request = http::Request::post(address).header("content-type", FORM).body(form.as_bytes().to_vec()).ok()?;
    instructions.apply_to_request_http1x(&mut request);
    reqwest::Request::try_from(request).ok()
}

/// The text of the first element of that name. Enough for answers that hold each name once and no text that needs more.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.trim();
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
    (text.len() <= 8192).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_and_what_is_cut_off_is_not() {
        let xml = "<R><Credentials><AccessKeyId>ASIA</AccessKeyId><SessionToken> a&amp;b== </SessionToken><SecretAccess";
        assert_eq!(element(xml, "AccessKeyId").as_deref(), Some("ASIA"));
        assert_eq!(element(xml, "SessionToken").as_deref(), Some("a&b=="));
        assert_eq!(element(xml, "SecretAccessKey"), None);
    }
}
