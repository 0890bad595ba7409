//! The form's own routes, and no other: the link, the round, what is sent from it, and the style.

use crate::admission::{Admitted, by_cookie, by_token, is_own_page};
use crate::device::device;
use crate::form::{Form, Peer};
use crate::guard::{guard, too_often};
use crate::pages::round::{Done, Draft, Told, View};
use crate::pages::{self, ICON, Notice, STYLE};
use crate::upload::{self, Sent, UploadFault};
use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use pilothouse_domain::uat::{OutcomeWord, Severity};
use pilothouse_engine::EngineError;
use pilothouse_engine::usecases::FormFeedback;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

type Shared = State<Arc<Form>>;
type From = axum::Extension<Peer>;

/// The routes.
pub(crate) fn router(form: Arc<Form>) -> Router {
    Router::new()
        .route("/form.css", get(style))
        .route("/mark.svg", get(icon))
        .route("/i/{round}/{token}", get(enter))
        .route("/r/{round}", get(show))
        .route("/r/{round}/outcome", post(say))
        .route("/r/{round}/feedback", post(give))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(from_fn_with_state(Arc::clone(&form), guard))
        .with_state(form)
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

async fn icon() -> Response {
    ([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "max-age=3600")], ICON).into_response()
}

async fn nothing() -> Response {
    let text = "Open the link that you were given.";
    pages::notice(StatusCode::NOT_FOUND, &Notice { title: "There is nothing here", text, back: None })
}

/// The link: the token goes from the address into a cookie at once, so that it stands in no address of a page.
async fn enter(State(form): Shared, from: From, Path((round, token)): Path<(String, String)>) -> Response {
    match by_token(&form, Some(from.0), &round, &token).await {
        Ok(admitted) => {
            let headers = [(LOCATION, format!("/r/{}", admitted.round.id)), (SET_COOKIE, admitted.cookie(&form))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn show(State(form): Shared, from: From, Path(round): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match by_cookie(&form, Some(from.0), &round, &headers).await {
        Ok(admitted) => {
            let draft = Draft { device: device(text_of(&headers, USER_AGENT.as_str())), ..Draft::default() };
            page(&form, &admitted, StatusCode::OK, Done::read(query.as_deref().unwrap_or_default()), draft).await
        }
        Err(refusal) => refusal,
    }
}

/// What came of a scenario.
async fn say(State(form): Shared, from: From, Path(round): Path<String>, request: Request) -> Response {
    let admitted = match sender(&form, from.0, &round, request.headers()).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal,
    };
    let back = format!("/r/{}", admitted.round.id);
    let sent = match upload::fields(request, &form.limits, &admitted.csrf()).await {
        Ok(sent) => sent,
        Err(fault) => return unread(fault, &back),
    };
    let word = match sent.text("word") {
        "passed" => Some(OutcomeWord::Passed),
        "failed" => Some(OutcomeWord::Failed),
        "blocked" => Some(OutcomeWord::Blocked),
        _ => None,
    };
    let (Some(word), Ok(scenario)) = (word, sent.text("scenario").parse()) else {
        let notice = Notice { title: "Nothing was kept", text: "Choose what came of the scenario.", back: Some(&back) };
        return pages::notice(StatusCode::UNPROCESSABLE_ENTITY, &notice);
    };
    match form.engine.say_by_form(admitted.round.id, &admitted.tester, scenario, word, sent.text("remark")).await {
        Ok(_) => see(format!("{back}?done=outcome#s-{scenario}")),
        Err(error) => refused(&error, &back),
    }
}

/// Feedback, with pictures.
async fn give(State(form): Shared, from: From, Path(round): Path<String>, request: Request) -> Response {
    let admitted = match sender(&form, from.0, &round, request.headers()).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal,
    };
    let back = format!("/r/{}", admitted.round.id);
    let Ok(Ok(room)) = tokio::time::timeout(form.limits.stall, form.uploads.acquire()).await else {
        return pages::unavailable();
    };
    let mut sent = match upload::with_pictures(request, &form.limits, &admitted.csrf()).await {
        Ok(sent) => sent,
        Err(fault) => return unread(fault, &back),
    };
    let pictures = std::mem::take(&mut sent.pictures);
    let (count, left_out) = (pictures.len(), sent.left_out);
    let has_pictures = count + left_out > 0;
    let scenario = Some(sent.text("scenario")).filter(|text| !text.is_empty()).map(str::parse);
    let (Ok(scenario), Some(severity)) = (scenario.transpose(), Severity::read(sent.text("severity"))) else {
        return again(&form, &admitted, &sent, has_pictures, "Choose how bad it is.").await;
    };
    let new = FormFeedback {
        scenario,
        title: sent.text("title").to_owned(),
        text: sent.text("text").to_owned(),
        severity,
        device: sent.text("device").to_owned(),
        page: sent.text("page").to_owned(),
    };
    let given = form.engine.give_form_feedback(&admitted.round, &admitted.tester, new, pictures).await;
    drop(room);
    match given {
        Ok(given) => {
            let refused = given.map_or(0, |given| given.refused.len());
            see(format!("{back}?done=feedback&kept={}&left={}#told", count.saturating_sub(refused), left_out + refused))
        }
        Err(EngineError::Invalid { message, next_step, .. }) => {
            again(&form, &admitted, &sent, has_pictures, &format!("{message}. {next_step}")).await
        }
        Err(error) => refused(&error, &back),
    }
}

/// Whoever may send something now.
async fn sender(form: &Form, peer: Peer, round: &str, headers: &HeaderMap) -> Result<Admitted, Response> {
    if !is_own_page(form, headers) {
        return Err(unread(UploadFault::Forged, &format!("/r/{}", round.parse::<Uuid>().unwrap_or_default())));
    }
    let admitted = by_cookie(form, Some(peer), round, headers).await?;
    form.testers.take(admitted.tester.id, 1, Instant::now()).map_err(too_often)?;
    Ok(admitted)
}

/// The page again, with what was written in it.
async fn again(form: &Form, admitted: &Admitted, sent: &Sent, has_pictures: bool, problem: &str) -> Response {
    let text = |name: &str| sent.text(name).to_owned();
    let draft = Draft {
        problem: problem.to_owned(),
        lost_pictures: has_pictures,
        title: text("title"),
        text: text("text"),
        severity: text("severity"),
        scenario: text("scenario"),
        device: text("device"),
    };
    page(form, admitted, StatusCode::UNPROCESSABLE_ENTITY, Done::Nothing, draft).await
}

async fn page(form: &Form, admitted: &Admitted, status: StatusCode, done: Done, draft: Draft) -> Response {
    match view(form, admitted, done, draft).await {
        Ok(view) => pages::response(status, view.page()),
        Err(error) => refused(&error, &format!("/r/{}", admitted.round.id)),
    }
}

async fn view<'a>(form: &Form, admitted: &'a Admitted, done: Done, draft: Draft) -> Result<View<'a>, EngineError> {
    let (round, tester) = (&admitted.round, &admitted.tester);
    let product = form.engine.store().product(round.product_id).await?.name;
    let mut told = Vec::new();
    for feedback in form.engine.form_feedback(round.id, tester.id).await? {
        let pictures = form.engine.screenshot_count(&feedback).await?;
        told.push(Told { feedback, pictures });
    }
    // Not to be guessed by nobody; only to be told apart.
    let page = Uuid::now_v7().to_string();
    Ok(View { product, round, tester, told, csrf: admitted.csrf(), page, done, draft, pictures: form.limits.pictures })
}

fn see(place: String) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn unread(fault: UploadFault, back: &str) -> Response {
    let (status, title, text) = match fault {
        UploadFault::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "That is too much at once", "Send fewer or smaller pictures: 24 MiB at a time, 10 MiB each.")
        }
        UploadFault::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "That took too long", "Try again with a better connection, or without pictures.")
        }
        UploadFault::Broken => (StatusCode::BAD_REQUEST, "That could not be read", "Load the form again, and send it from there."),
        UploadFault::Forged => (StatusCode::FORBIDDEN, "That did not come from the form", "Load the form again, and send it from there."),
    };
    let mut response = pages::notice(status, &Notice { title, text, back: Some(back) });
    // What is left of the body is not waited for.
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

fn refused(error: &EngineError, back: &str) -> Response {
    match error {
        EngineError::Round(refusal) => {
            let notice = Notice { title: "Nothing was kept", text: &refusal.to_string(), back: Some(back) };
            pages::notice(StatusCode::CONFLICT, &notice)
        }
        EngineError::Invalid { message, next_step, .. } => {
            let notice = Notice { title: "Nothing was kept", text: &format!("{message}. {next_step}"), back: Some(back) };
            pages::notice(StatusCode::UNPROCESSABLE_ENTITY, &notice)
        }
        error => {
            tracing::error!(%error, "what a tester sent could not be kept");
            pages::unavailable()
        }
    }
}
