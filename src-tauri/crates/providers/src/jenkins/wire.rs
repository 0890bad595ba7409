//! Jenkins's answers as far as they are used (<https://www.jenkins.io/doc/book/using/remote-access-api/>, and `wfapi` of the plugin
//! Pipeline: REST API). Nothing is required that a version or plugin may leave out: lists hold empty objects and nulls.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The fields of a build that a run is made of.
pub(super) const BUILD: &str = "_class,number,queueId,building,inProgress,result,timestamp,duration,displayName,fullDisplayName,\
                                actions[_class,parameters[_class,name,value],causes[_class,shortDescription,userId,userName],\
                                lastBuiltRevision[SHA1,branch[name]]]";
/// The fields of a job that starting it needs.
pub(super) const JOB: &str = "_class,name,fullName,description,buildable,disabled,color,nextBuildNumber,\
                              property[parameterDefinitions[_class,name,type,description,choices,defaultParameterValue[value]]]";
/// The fields of a queue item.
pub(super) const QUEUE_ITEM: &str = "_class,id,inQueueSince,cancelled,executable[number,url],task[name,url],\
                                     actions[_class,parameters[_class,name,value],causes[_class,shortDescription,userId,userName]]";

/// A value that may be null in place of absent.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(reader: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(reader).map(Option::unwrap_or_default)
}

/// `GET whoAmI/api/json`.
#[derive(Debug, Deserialize)]
pub(super) struct WhoAmI {
    pub(super) name: String,
    #[serde(default)]
    pub(super) anonymous: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) authorities: Vec<String>,
}

/// `GET crumbIssuer/api/json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Crumb {
    pub(super) crumb: String,
    pub(super) crumb_request_field: String,
}

/// A folder, project or job; the root too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item {
    #[serde(rename = "_class", deserialize_with = "or_default")]
    pub(super) class: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) description: String,
    pub(super) buildable: Option<bool>,
    pub(super) disabled: Option<bool>,
    pub(super) color: Option<String>,
    pub(super) next_build_number: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    pub(super) property: Vec<Option<Property>>,
    pub(super) jobs: Option<Vec<Item>>,
    #[serde(deserialize_with = "or_default")]
    pub(super) builds: Vec<Build>,
    #[serde(deserialize_with = "or_default")]
    pub(super) all_builds: Vec<Build>,
}

impl Item {
    /// Its builds, newest first, of whichever list was asked for.
    pub(super) fn newest(&self) -> &[Build] {
        if self.all_builds.is_empty() { &self.builds } else { &self.all_builds }
    }

    /// Holds items of its own, and is no multibranch project.
    pub(super) fn is_folder(&self) -> bool {
        self.class.ends_with("Folder") || self.class == "hudson.model.Hudson" || (self.class.is_empty() && self.jobs.is_some())
    }

    /// Holds a job for each branch and tag.
    pub(super) fn is_multibranch(&self) -> bool {
        self.class.ends_with("MultiBranchProject")
    }

    /// Switched off.
    pub(super) fn is_disabled(&self) -> bool {
        self.disabled == Some(true) || self.color.as_deref().is_some_and(|color| color.starts_with("disabled"))
    }

    /// The parameters that it declares, in its order.
    pub(super) fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.property.iter().flatten().flat_map(|property| &property.parameter_definitions)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Property {
    #[serde(deserialize_with = "or_default")]
    pub(super) parameter_definitions: Vec<Definition>,
}

/// A parameter that a job declares.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Definition {
    #[serde(rename = "_class", deserialize_with = "or_default")]
    pub(super) class: String,
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(super) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) description: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) choices: Vec<Value>,
    pub(super) default_parameter_value: Option<DefaultValue>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DefaultValue {
    pub(super) value: Value,
}

/// A build.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Build {
    #[serde(rename = "_class", deserialize_with = "or_default")]
    pub(super) class: String,
    pub(super) number: u64,
    /// -1 where it was made before Jenkins kept it.
    pub(super) queue_id: Option<i64>,
    pub(super) building: Option<bool>,
    pub(super) in_progress: Option<bool>,
    pub(super) result: Option<String>,
    /// Milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
    /// Milliseconds; 0 while it runs.
    pub(super) duration: Option<i64>,
    pub(super) display_name: Option<String>,
    pub(super) full_display_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) actions: Vec<Option<Action>>,
}

/// What a build or queue item carries: parameters, causes, what was checked out, and much else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Action {
    #[serde(deserialize_with = "or_default")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(deserialize_with = "or_default")]
    pub(super) causes: Vec<Cause>,
    pub(super) last_built_revision: Option<Revision>,
}

/// The value of a parameter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parameter {
    #[serde(rename = "_class", deserialize_with = "or_default")]
    pub(super) class: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    /// Absent for those that are not shown.
    pub(super) value: Option<Value>,
}

/// Why a build was started.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Cause {
    #[serde(rename = "_class", deserialize_with = "or_default")]
    pub(super) class: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) short_description: String,
    pub(super) user_id: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Revision {
    #[serde(rename = "SHA1")]
    pub(super) sha1: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(super) branch: Vec<Branch>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Branch {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
}

/// `GET queue/api/json`.
#[derive(Debug, Deserialize)]
pub(super) struct Queue {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) items: Vec<QueueItem>,
}

/// `GET queue/item/{id}/api/json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueueItem {
    pub(super) id: u64,
    /// Milliseconds since 1970.
    pub(super) in_queue_since: Option<i64>,
    #[serde(default)]
    pub(super) cancelled: Option<bool>,
    pub(super) executable: Option<Executable>,
    pub(super) task: Option<Task>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) actions: Vec<Option<Action>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Executable {
    pub(super) number: Option<u64>,
    pub(super) url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Task {
    pub(super) url: Option<String>,
}

/// `GET job/{job}/{build}/wfapi/describe`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Described {
    #[serde(deserialize_with = "or_default")]
    pub(super) status: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) stages: Vec<Stage>,
}

/// A stage of a Pipeline's run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Stage {
    pub(super) id: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) status: String,
    /// Milliseconds since 1970.
    pub(super) start_time_millis: Option<i64>,
    /// Milliseconds.
    pub(super) duration_millis: Option<i64>,
}

/// An entry of `GET job/{job}/{build}/wfapi/pendingInputActions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PendingInput {
    pub(super) id: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) message: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) inputs: Vec<InputParameter>,
    #[serde(deserialize_with = "or_default")]
    pub(super) proceed_url: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) abort_url: String,
}

/// What an input step wants filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InputParameter {
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub(super) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) description: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) definition: InputDefinition,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InputDefinition {
    #[serde(deserialize_with = "or_default")]
    pub(super) default_val: Value,
    #[serde(deserialize_with = "or_default")]
    pub(super) choices: Vec<Value>,
}

/// `GET computer/api/json`, as far as it tells what runs.
#[derive(Debug, Deserialize)]
pub(super) struct Computers {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) computer: Vec<Computer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Computer {
    #[serde(deserialize_with = "or_default")]
    pub(super) executors: Vec<Executor>,
    #[serde(deserialize_with = "or_default")]
    pub(super) one_off_executors: Vec<Executor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Executor {
    pub(super) current_executable: Option<Executable>,
}
