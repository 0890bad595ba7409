//! AWS's token service, as far as a client of CodePipeline asks it: whom keys belong to, and the keys of a role. The query protocol,
//! XML answers.

use axum::response::{IntoResponse, Response};
use chrono::{SecondsFormat, TimeDelta, Utc};
use http::StatusCode;

use super::error::AwsError;
use super::keys::{ACCOUNT, AwsKey, Caller};
use crate::lock::lock;
use crate::site::Site;

/// How many lent keys are remembered.
const MOST_LENT: usize = 1000;

pub(super) fn answer(site: &Site, form: &str, caller: Caller) -> Response {
    let field = |name: &str| {
        let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(decoded(value))
    };
    let body = match field("Action").as_deref() {
        Some("GetCallerIdentity") => format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{}</Arn>\
             <UserId>AIDAEXAMPLE</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
            caller.arn()
        ),
        Some("AssumeRole") => {
            let role = field("RoleArn").unwrap_or_default();
            if caller != Caller::Full || role != site.aws_keys.role || field("RoleSessionName").is_none_or(|name| name.len() < 2) {
                let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", caller.arn());
                return refusal(StatusCode::FORBIDDEN, "AccessDenied", &message);
            }
            let key = AwsKey::lend();
            let ends = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
            let body = format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
                 <AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>\
                 <Expiration>{ends}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
                key.access_key_id,
                key.secret_access_key,
                key.session_token.as_deref().unwrap_or_default()
            );
            let lent = &mut lock(&site.pipelines).lent;
            lent.truncate(MOST_LENT);
            lent.push(key);
            body
        }
        _ => return refusal(StatusCode::BAD_REQUEST, "InvalidAction", "Could not find operation"),
    };
    (StatusCode::OK, [("content-type", "text/xml")], body).into_response()
}

/// An error in the query protocol. Its codes for keys are other words than those of JSON services.
pub(super) fn refused(error: &AwsError) -> Response {
    let code = match error.code {
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "ExpiredTokenException" => "ExpiredToken",
        other => other,
    };
    refusal(StatusCode::FORBIDDEN, code, &error.message)
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    (status, [("content-type", "text/xml")], body).into_response()
}

fn decoded(text: &str) -> String {
    let bytes = text.replace('+', " ").into_bytes();
    let mut plain = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(code)) => {
                plain.push(code);
                at += 3;
            }
            (byte, _) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
