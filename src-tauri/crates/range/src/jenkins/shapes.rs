//! The JSON of items, builds and the queue, in full; the request's `tree` narrows it. No rule lives here.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::state::{Build, Cause, FREESTYLE, Item, Jenkins, PIPELINE, Parameter, Waiting};
use crate::people::{LOGIN, NAME};

/// A root URL that is another than the one that clients use, as behind many proxies.
pub(crate) const FOREIGN_ROOT: &str = "http://jenkins.nordwind.example/ci";

/// The fields that are given where no `tree` is asked for.
pub(super) const USUAL: &str = "name,fullName,displayName,fullDisplayName,url,description,buildable,color,inQueue,nextBuildNumber,mode,\
                                jobs[name,url,color],builds[number,url],lastBuild[number,url],lastCompletedBuild[number,url],\
                                lastSuccessfulBuild[number,url],property[parameterDefinitions[name,type,description,choices,\
                                defaultParameterValue[name,value]]],actions[parameters[name,value],causes[shortDescription,userId,userName],\
                                lastBuiltRevision[SHA1,branch[SHA1,name]]],number,queueId,building,inProgress,result,timestamp,duration,\
                                estimatedDuration,id,items[id,why,inQueueSince,task[name,url],actions[parameters[name,value]]],why,\
                                inQueueSince,blocked,buildable,stuck,params,task[name,url],cancelled,executable[number,url],quietingDown,\
                                computer[displayName],authorities,authenticated,anonymous,crumb,crumbRequestField";

/// Address below the root of an item.
pub(super) fn path(full_name: &str) -> String {
    let encode = |name: &str| name.replace('%', "%25").replace(' ', "%20");
    full_name.split('/').map(|name| format!("job/{}/", encode(name))).collect()
}

fn url(root: &str, full_name: &str) -> String {
    format!("{root}/{}", path(full_name))
}

/// An item with everything below it.
pub(super) fn item(jenkins: &Jenkins, item: &Item) -> Value {
    let root = jenkins.root.as_str();
    let mut value = json!({
        "_class": item.class,
        "name": item.name(),
        "fullName": item.full_name,
        "displayName": item.name().replace("%2F", "/"),
        "fullDisplayName": item.full_name.replace('/', " » "),
        "url": url(root, &item.full_name),
        "description": item.description,
    });
    if item.is_parent() {
        value["jobs"] = children(jenkins, &item.full_name);
        return value;
    }
    let known: Vec<Value> = item.known_parameters().iter().map(parameter).collect();
    let builds: Vec<Value> = item.builds.iter().rev().map(|one| build(root, item, one)).collect();
    let is_buildable = !item.disabled && item.work != super::state::Work::None;
    value["buildable"] = json!(is_buildable);
    value["disabled"] = json!(item.disabled);
    value["color"] = json!(color(item));
    value["inQueue"] = json!(jenkins.queue.iter().any(|waiting| waiting.left_at.is_none() && waiting.job == item.full_name));
    value["nextBuildNumber"] = json!(item.builds.last().map_or(1, |build| build.number + 1));
    value["property"] = if known.is_empty() {
        json!([{}])
    } else {
        json!([{}, {"_class": "hudson.model.ParametersDefinitionProperty", "parameterDefinitions": known}])
    };
    value["actions"] = json!([{}]);
    value["lastBuild"] = builds.first().cloned().unwrap_or(Value::Null);
    value["lastCompletedBuild"] = builds.iter().find(|build| build["building"] == false).cloned().unwrap_or(Value::Null);
    value["lastSuccessfulBuild"] = builds.iter().find(|build| build["result"] == "SUCCESS").cloned().unwrap_or(Value::Null);
    value["builds"] = Value::Array(builds.iter().take(100).cloned().collect());
    value["allBuilds"] = Value::Array(builds);
    value
}

/// The items directly in a folder, with everything below them.
pub(super) fn children(jenkins: &Jenkins, folder: &str) -> Value {
    jenkins.children(folder).map(|child| item(jenkins, child)).collect()
}

fn color(item: &Item) -> &'static str {
    match item.builds.last() {
        _ if item.disabled => "disabled",
        None => "notbuilt",
        Some(build) if build.ended_at.is_none() => "blue_anime",
        Some(build) if build.result == Some("SUCCESS") => "blue",
        Some(build) if build.result == Some("ABORTED") => "aborted",
        Some(_) => "red",
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let is_hidden = parameter.kind.starts_with("Password");
    let default = match parameter.kind {
        "BooleanParameterDefinition" => json!(parameter.default == "true"),
        _ => json!(parameter.default),
    };
    let mut value = json!({
        "_class": format!("hudson.model.{}", parameter.kind),
        "name": parameter.name,
        "type": parameter.kind,
        "description": parameter.description,
        "defaultParameterValue": {"_class": value_class(parameter.kind), "name": parameter.name},
    });
    if !is_hidden {
        value["defaultParameterValue"]["value"] = default;
    }
    if !parameter.choices.is_empty() {
        value["choices"] = json!(parameter.choices);
    }
    value
}

fn value_class(kind: &str) -> &'static str {
    match kind {
        "BooleanParameterDefinition" => "hudson.model.BooleanParameterValue",
        "PasswordParameterDefinition" => "hudson.model.PasswordParameterValue",
        _ => "hudson.model.StringParameterValue",
    }
}

/// What a build and a queue item carry.
fn actions(parameters: &std::collections::BTreeMap<String, String>, cause: &Cause, declared: &[Parameter]) -> Vec<Value> {
    let given = |declared: &Parameter| {
        let value = parameters.get(declared.name)?;
        let mut entry = json!({"_class": value_class(declared.kind), "name": declared.name});
        match declared.kind {
            "PasswordParameterDefinition" => {}
            "BooleanParameterDefinition" => entry["value"] = json!(value == "true"),
            _ => entry["value"] = json!(value),
        }
        Some(entry)
    };
    let values: Vec<Value> = declared.iter().filter_map(given).collect();
    let cause = match cause {
        Cause::User(id) => json!([user(id)]),
        Cause::Replay { by, of } => json!([
            user(by),
            {"_class": "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause", "shortDescription": format!("Replayed #{of}")},
        ]),
    };
    vec![
        json!({"_class": "hudson.model.CauseAction", "causes": cause}),
        json!({}),
        json!({"_class": "hudson.model.ParametersAction", "parameters": values}),
    ]
}

fn user(id: &str) -> Value {
    let name = if id == LOGIN { NAME } else { id };
    json!({"_class": "hudson.model.Cause$UserIdCause", "shortDescription": format!("Started by user {name}"), "userId": id, "userName": name})
}

fn build_class(item: &Item) -> &'static str {
    match item.class {
        PIPELINE => "org.jenkinsci.plugins.workflow.job.WorkflowRun",
        FREESTYLE => "hudson.model.FreeStyleBuild",
        _ => "hudson.model.ExternalRun",
    }
}

/// A build.
pub(super) fn build(root: &str, item: &Item, build: &Build) -> Value {
    let class = build_class(item);
    let mut actions = actions(&build.parameters, &build.cause, &item.parameters);
    if item.full_name.contains("/deploy/") {
        let name = item.name().replace("%2F", "/");
        actions.push(json!({
            "_class": "hudson.plugins.git.util.BuildData",
            "lastBuiltRevision": {"SHA1": "0123456789abcdef0123456789abcdef01234567", "branch": [{"name": name}]},
        }));
    }
    let number = build.number;
    json!({
        "_class": class,
        "id": number.to_string(),
        "number": number,
        "artifacts": artifacts(build),
        "url": format!("{}{number}/", url(root, &item.full_name)),
        "queueId": build.queue_id,
        "building": build.ended_at.is_none(),
        "inProgress": build.ended_at.is_none(),
        "result": build.result,
        "timestamp": millis(build.started_at),
        "duration": build.ended_at.map_or(0, |ended| millis(ended) - millis(build.started_at)),
        "estimatedDuration": -1,
        "displayName": format!("#{number}"),
        "fullDisplayName": format!("{} #{number}", item.full_name.replace('/', " » ")),
        "description": null,
        "actions": actions,
        "changeSets": [],
    })
}

/// What a build that has ended archived.
fn artifacts(build: &Build) -> Vec<Value> {
    let reports = if build.ended_at.is_some() { crate::artifacts::of_log(&build.log) } else { Vec::new() };
    let shape = |report: &crate::artifacts::Report| {
        let name = report.path.rsplit('/').next();
        json!({"displayPath": name, "fileName": name, "relativePath": report.path})
    };
    reports.iter().map(shape).collect()
}

/// A queue item.
pub(super) fn waiting(jenkins: &Jenkins, waiting: &Waiting) -> Value {
    let root = jenkins.root.as_str();
    let declared = jenkins.item(&waiting.job).map(|item| item.parameters.clone()).unwrap_or_default();
    let has_left = waiting.left_at.is_some();
    let mut value = json!({
        "_class": format!("hudson.model.Queue${}", if has_left { "LeftItem" } else { "WaitingItem" }),
        "id": waiting.id,
        "url": format!("queue/item/{}/", waiting.id),
        "task": {"_class": jenkins.item(&waiting.job).map(|item| item.class), "name": waiting.job.rsplit('/').next(), "url": url(root, &waiting.job)},
        "why": if has_left { Value::Null } else if jenkins.is_quiet { json!("Jenkins is about to shut down") } else { json!("In the quiet period") },
        "inQueueSince": millis(waiting.since),
        "blocked": false,
        "buildable": false,
        "stuck": false,
        "params": waiting.parameters.iter().map(|(name, value)| format!("\n{name}={value}")).collect::<String>(),
        "actions": actions(&waiting.parameters, &waiting.cause, &declared),
    });
    if has_left {
        value["cancelled"] = json!(waiting.build.is_none());
        let class = jenkins.item(&waiting.job).map(build_class);
        value["executable"] = waiting.build.map_or(
            Value::Null,
            |number| json!({"_class": class, "number": number, "url": format!("{}{number}/", url(root, &waiting.job))}),
        );
    }
    value
}

/// The stages of a build, as the plugin Pipeline: REST API tells them.
pub(super) fn described(build: &Build) -> Value {
    let stages: Vec<Value> = build
        .stages
        .iter()
        .zip(6..)
        .map(|(stage, id)| {
            let until = stage.ended_at.unwrap_or_else(Utc::now);
            json!({
                "id": id.to_string(), "name": stage.name, "status": stage.status, "startTimeMillis": millis(stage.started_at),
                "durationMillis": millis(until) - millis(stage.started_at), "pauseDurationMillis": 0,
            })
        })
        .collect();
    let status = match build.result {
        None if build.input.is_some() => "PAUSED_PENDING_INPUT",
        None => "IN_PROGRESS",
        Some("FAILURE") => "FAILED",
        Some(result) => result,
    };
    let until = build.ended_at.unwrap_or_else(Utc::now);
    json!({
        "id": build.number.to_string(), "name": format!("#{}", build.number), "status": status,
        "startTimeMillis": millis(build.started_at), "endTimeMillis": millis(until),
        "durationMillis": millis(until) - millis(build.started_at), "pauseDurationMillis": 0, "stages": stages,
    })
}

/// What waits for a person in a build. Its addresses hold the context path and no host.
pub(super) fn pending(context: &str, full_name: &str, build: &Build) -> Value {
    let Some(input) = build.input.as_ref().filter(|input| input.verdict.is_none()) else { return json!([]) };
    let base = format!("{context}/{}{}", path(full_name), build.number);
    let inputs = if input.asks_for_ticket {
        json!([{"type": "StringParameterDefinition", "name": "TICKET", "description": "The change's ticket", "definition": {"defaultVal": "none"}}])
    } else {
        json!([])
    };
    let proceed = if input.asks_for_ticket {
        format!("{base}/wfapi/inputSubmit?inputId={}", input.id)
    } else {
        format!("{base}/input/{}/proceedEmpty", input.id)
    };
    json!([{
        "id": input.id, "proceedText": "Proceed", "message": input.message, "inputs": inputs, "proceedUrl": proceed,
        "abortUrl": format!("{base}/input/{}/abort", input.id), "redirectApprovalUrl": format!("{base}/input/"),
    }])
}

fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}
