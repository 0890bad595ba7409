//! Jenkins's addresses: which part of the path names what, and what a visitor may do with it. What things do is in `queue`, `runner`
//! and `decisions`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access::Visitor;
use super::gate::Call;
use super::queue::{self, Put};
use super::state::{Cause, FREESTYLE, Item, MULTIBRANCH};
use super::{decisions, pages, shapes, tree};
use crate::lock::lock;
use crate::site::Site;

/// The answer to a request of a visitor who has come in.
pub(super) fn answer(site: &Arc<Site>, visitor: Visitor, call: &Call) -> Response {
    queue::forget(site);
    let pieces: Vec<&str> = call.path.split('/').filter(|piece| !piece.is_empty()).collect();
    let is_post = call.method == Method::POST;
    match pieces.as_slice() {
        ["api", "json"] => {
            let jobs = if visitor == Visitor::Blind { json!([]) } else { shapes::children(&lock(&site.jenkins), "") };
            let quiet = lock(&site.jenkins).is_quiet;
            json_of(
                call,
                json!({"_class": "hudson.model.Hudson", "mode": "NORMAL", "jobs": jobs, "quietingDown": quiet, "useCrumbs": true}),
            )
        }
        ["whoAmI", "api", "json"] => json_of(
            call,
            json!({
                "_class": "hudson.security.WhoAmI", "anonymous": false, "authenticated": true, "name": visitor.id(),
                "authorities": ["authenticated"],
            }),
        ),
        ["me", "api", "json"] => json_of(call, json!({"_class": "hudson.model.User", "id": visitor.id(), "fullName": visitor.id()})),
        ["crumbIssuer", "api", "json"] => {
            let (crumb, cookie) = lock(&site.jenkins).sessions.open();
            let crumb = json!({"_class": "hudson.security.csrf.DefaultCrumbIssuer", "crumb": crumb, "crumbRequestField": "Jenkins-Crumb"});
            let mut response = json_of(call, crumb);
            pages::set(&mut response, "set-cookie", &cookie);
            response
        }
        ["queue", "api", "json"] => {
            let jenkins = lock(&site.jenkins);
            let items: Vec<Value> = jenkins
                .queue
                .iter()
                .filter(|waiting| waiting.left_at.is_none() && visitor != Visitor::Blind)
                .map(|waiting| shapes::waiting(&jenkins, waiting))
                .collect();
            json_of(call, json!({"_class": "hudson.model.Queue", "items": items}))
        }
        ["queue", "item", id, "api", "json"] if visitor != Visitor::Blind => {
            let jenkins = lock(&site.jenkins);
            let found = id.parse().ok().and_then(|id| jenkins.waiting(id)).map(|waiting| shapes::waiting(&jenkins, waiting));
            found.map_or_else(pages::not_found, |found| json_of(call, found))
        }
        ["queue", "cancelItem"] if is_post => match form(&call.query).get("id").and_then(|id| id.parse().ok()) {
            _ if !may_write(visitor) => pages::forbidden(visitor, "hudson.model.Item.Cancel"),
            Some(id) if queue::cancel(site, id) => StatusCode::NO_CONTENT.into_response(),
            _ => pages::not_found(),
        },
        ["computer", "api", "json"] => json_of(call, computers(site)),
        ["quietDown"] | ["cancelQuietDown"] if is_post && may_write(visitor) => {
            lock(&site.jenkins).is_quiet = pieces == ["quietDown"];
            site.bump();
            pages::redirect(".")
        }
        ["job", ..] if visitor != Visitor::Blind => of_job(site, visitor, call, &pieces),
        [] | ["login"] => pages::page(),
        _ => pages::not_found(),
    }
}

fn of_job(site: &Arc<Site>, visitor: Visitor, call: &Call, pieces: &[&str]) -> Response {
    let (mut names, mut rest) = (Vec::new(), pieces);
    while let ["job", name, tail @ ..] = rest {
        let Some(name) = decode(name) else { return pages::not_found() };
        names.push(name);
        rest = tail;
    }
    let name = names.join("/");
    let Some(item) = lock(&site.jenkins).item(&name).cloned() else { return pages::not_found() };
    let is_post = call.method == Method::POST;
    match rest {
        [] if !call.path.ends_with('/') => pages::redirect(&format!("{}{}/", super::CONTEXT, call.path)),
        [] => pages::page(),
        ["api", "json"] => json_of(call, shapes::item(&lock(&site.jenkins), &item)),
        ["build" | "buildWithParameters" | "disable" | "enable"] if !is_post => pages::error(405, "Form post required"),
        ["build" | "buildWithParameters"] if !may_write(visitor) => pages::forbidden(visitor, "hudson.model.Item.Build"),
        ["build" | "buildWithParameters"] if item.is_parent() => pages::not_found(),
        ["build"] => put(site, visitor, &item, json_parameters(&call.body).as_ref()),
        ["buildWithParameters"] => {
            let mut given = form(&call.query);
            given.extend(form(&call.body));
            put(site, visitor, &item, Some(&given))
        }
        ["disable" | "enable"] if !may_write(visitor) => pages::forbidden(visitor, "hudson.model.Item.Configure"),
        ["disable" | "enable"] if item.class == MULTIBRANCH || in_multibranch(site, &name) || item.is_parent() => pages::not_found(),
        ["disable" | "enable"] => {
            if let Some(item) = lock(&site.jenkins).item_mut(&name) {
                item.disabled = rest == ["disable"];
            }
            site.bump();
            pages::redirect(".")
        }
        [number, tail @ ..] => match build_number(&item, number) {
            Some(number) => of_build(site, visitor, call, &item, number, tail),
            None => pages::not_found(),
        },
    }
}

fn of_build(site: &Arc<Site>, visitor: Visitor, call: &Call, item: &Item, number: u64, tail: &[&str]) -> Response {
    let Some(build) = item.builds.iter().find(|build| build.number == number) else { return pages::not_found() };
    let is_post = call.method == Method::POST;
    let has_stages = item.class != FREESTYLE;
    match tail {
        [] if !call.path.ends_with('/') => pages::redirect(&format!("{}{}/", super::CONTEXT, call.path)),
        [] => pages::page(),
        ["api", "json"] => json_of(call, shapes::build(&lock(&site.jenkins).root, item, build)),
        ["artifact", path @ ..] if build.ended_at.is_some() => {
            let wanted = path.join("/");
            let found = crate::artifacts::of_log(&build.log).into_iter().find(|report| report.path == wanted);
            found
                .map_or_else(pages::not_found, |report| ([(http::header::CONTENT_TYPE, "application/xml")], report.content).into_response())
        }
        ["consoleText"] => (pages_text(), build.log.clone()).into_response(),
        ["logText", "progressiveText"] => progressive(call, build.ended_at.is_none(), &build.log),
        ["wfapi", "describe"] if has_stages => Json(shapes::described(build)).into_response(),
        ["wfapi", "pendingInputActions"] if has_stages => Json(shapes::pending(super::CONTEXT, &item.full_name, build)).into_response(),
        ["stop" | "term" | "kill"] if is_post && (tail == ["stop"] || has_stages) => {
            if !may_write(visitor) {
                return pages::forbidden(visitor, "hudson.model.Item.Cancel");
            }
            build.cancel.cancel();
            pages::redirect(".")
        }
        ["replay", "rebuild"] if is_post && has_stages => {
            if !may_write(visitor) {
                return pages::forbidden(visitor, "hudson.model.Run.Replay");
            }
            if item.parameters.iter().any(|parameter| parameter.kind.starts_with("Password")) {
                return pages::failure("Replay is not possible with password parameters");
            }
            let cause = Cause::Replay { by: visitor.id().to_owned(), of: number };
            match queue::put(site, &item.full_name, Some(&build.parameters), cause) {
                Put::Queued(_) => pages::redirect(&format!("{}/{}", super::CONTEXT, shapes::path(&item.full_name))),
                _ => pages::error(409, &format!("{} is not buildable", item.full_name)),
            }
        }
        ["wfapi", "inputSubmit"] if is_post => {
            let id = form(&call.query).get("inputId").cloned().unwrap_or_default();
            decisions::submit(site, visitor, &item.full_name, number, &id, true)
        }
        ["input", id, "proceedEmpty"] if is_post => decisions::submit(site, visitor, &item.full_name, number, id, true),
        ["input", id, "abort"] if is_post => decisions::submit(site, visitor, &item.full_name, number, id, false),
        // The form's own address: without a parameter named `proceed` it aborts, and says the same.
        ["input", id, "submit"] if is_post => {
            let proceeds = form(&call.body).contains_key("proceed") || form(&call.query).contains_key("proceed");
            let answer = decisions::submit(site, visitor, &item.full_name, number, id, proceeds);
            if answer.status() == StatusCode::OK { pages::redirect("../../console") } else { answer }
        }
        _ => pages::not_found(),
    }
}

fn put(site: &Arc<Site>, visitor: Visitor, item: &Item, given: Option<&BTreeMap<String, String>>) -> Response {
    match queue::put(site, &item.full_name, given, Cause::User(visitor.id().to_owned())) {
        Put::Queued(id) => {
            let mut response = StatusCode::CREATED.into_response();
            pages::set(&mut response, "location", &format!("{}/queue/item/{id}/", lock(&site.jenkins).root));
            response
        }
        Put::NotBuildable => pages::error(409, &format!("{} is not buildable", item.full_name)),
        Put::NotParameterized => pages::error(500, "java.lang.IllegalStateException: This build is not parameterized!"),
    }
}

/// The log from an offset on; more may come only while the build runs.
fn progressive(call: &Call, is_running: bool, log: &str) -> Response {
    let start = form(&call.query).get("start").and_then(|start| start.parse().ok()).unwrap_or(0usize);
    let text = log.get(start..).unwrap_or_default().to_owned();
    let mut response = (pages_text(), text).into_response();
    pages::set(&mut response, "x-text-size", &log.len().to_string());
    if is_running {
        pages::set(&mut response, "x-more-data", "true");
    }
    response
}

fn pages_text() -> [(http::HeaderName, &'static str); 1] {
    [(http::header::CONTENT_TYPE, "text/plain;charset=utf-8")]
}

/// What the executors do. A Pipeline runs on one that is made for it.
fn computers(site: &Site) -> Value {
    let jenkins = lock(&site.jenkins);
    let mut running: Vec<Value> = Vec::new();
    for item in &jenkins.items {
        for build in item.builds.iter().filter(|build| build.ended_at.is_none()) {
            running.push(json!({"currentExecutable": shapes::build(&jenkins.root, item, build)}));
        }
    }
    json!({"_class": "hudson.model.ComputerSet", "computer": [
        {"_class": "hudson.model.Hudson$MasterComputer", "displayName": "Built-In Node",
         "executors": [{"currentExecutable": null}], "oneOffExecutors": running},
    ]})
}

fn json_of(call: &Call, value: Value) -> Response {
    let asked = form(&call.query);
    match tree::narrow(&value, asked.get("tree").map_or(shapes::USUAL, String::as_str)) {
        Some(value) => Json(value).into_response(),
        None => pages::error(400, "the tree can't be parsed"),
    }
}

fn may_write(visitor: Visitor) -> bool {
    matches!(visitor, Visitor::Full { .. })
}

fn in_multibranch(site: &Site, name: &str) -> bool {
    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
    lock(&site.jenkins).item(parent).is_some_and(|item| item.class == MULTIBRANCH)
}

fn build_number(item: &Item, text: &str) -> Option<u64> {
    let last =
        |accepts: &dyn Fn(&super::state::Build) -> bool| item.builds.iter().rev().find(|build| accepts(build)).map(|build| build.number);
    match text {
        "lastBuild" => last(&|_| true),
        "lastCompletedBuild" => last(&|build| build.ended_at.is_some()),
        "lastSuccessfulBuild" | "lastStableBuild" => last(&|build| build.result == Some("SUCCESS")),
        "lastFailedBuild" => last(&|build| build.result == Some("FAILURE")),
        number => number.parse().ok(),
    }
}

/// The parameters of the field `json` that `build` takes.
fn json_parameters(body: &str) -> Option<BTreeMap<String, String>> {
    let json: Value = serde_json::from_str(form(body).get("json")?).ok()?;
    let parameters = json.get("parameter")?.as_array()?;
    let pair = |entry: &Value| {
        let value = entry.get("value")?;
        Some((entry.get("name")?.as_str()?.to_owned(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    Some(parameters.iter().filter_map(pair).collect())
}

/// The fields of a form or query.
fn form(text: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| decode(&text.replace('+', " ")).unwrap_or_default();
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

/// Takes percent-encoding back, once.
fn decode(text: &str) -> Option<String> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            out.push(u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok()?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}
