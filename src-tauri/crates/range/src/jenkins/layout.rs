//! The folders and jobs that the range's Jenkins begins with: one of each kind that a client meets.

use super::state::{EXTERNAL, FOLDER, FREESTYLE, Item, Jenkins, MULTIBRANCH, PIPELINE, Parameter, Work};

const VERSION: Parameter = text("VERSION", "Version to deploy, as 1.2.0", "");
const CORRELATION: Parameter = text("PILOTHOUSE_RUN", "Tells one run from another; left empty by people", "");
const ENVIRONMENT: Parameter = Parameter {
    name: "ENVIRONMENT",
    kind: "ChoiceParameterDefinition",
    description: "Where to",
    choices: &["staging", "production"],
    default: "staging",
};
const DRY_RUN: Parameter =
    Parameter { name: "DRY_RUN", kind: "BooleanParameterDefinition", description: "Change nothing", choices: &[], default: "false" };
const KEY: Parameter =
    Parameter { name: "SIGNING_KEY", kind: "PasswordParameterDefinition", description: "Signs the image", choices: &[], default: "" };

const fn text(name: &'static str, description: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: "StringParameterDefinition", description, choices: &[], default }
}

/// The folders and jobs. `refs` are the branches and tags of the repository, each with a job in the multibranch project; `root` is the
/// root URL that it is configured with.
pub(crate) fn make(refs: &[String], root: &str) -> Jenkins {
    let deploy = Work::Deploy { asks_for_ticket: false };
    let asking = Work::Deploy { asks_for_ticket: true };
    let mut items = vec![
        item("nordwind", FOLDER, "Everything of Nordwind", Work::None, &[]),
        item("nordwind/checkout", FOLDER, "The shop's checkout", Work::None, &[]),
        item("nordwind/checkout/deploy", MULTIBRANCH, "Deploys a branch or tag", Work::None, &[]),
        item("nordwind/checkout/deploy-version", PIPELINE, "Deploys any version", asking, &[ENVIRONMENT, VERSION, CORRELATION, DRY_RUN]),
        item("nordwind/checkout/sign and deploy", PIPELINE, "Deploys a signed image", deploy, &[ENVIRONMENT, VERSION, CORRELATION, KEY]),
        item("nordwind/checkout/smoke", FREESTYLE, "Looks at what runs", Work::Verify, &[ENVIRONMENT, VERSION, CORRELATION]),
        item("nordwind/checkout/backup", EXTERNAL, "Runs elsewhere, and is only told of", Work::None, &[]),
        Item {
            learns: true,
            ..item("nordwind/checkout/canary", PIPELINE, "Was never built", deploy, &[ENVIRONMENT, VERSION, CORRELATION])
        },
    ];
    for name in refs {
        // The oldest tag's Jenkinsfile knows no correlation yet.
        let parameters: &[Parameter] =
            if name == "v1.0.0" { &[ENVIRONMENT, VERSION] } else { &[ENVIRONMENT, VERSION, CORRELATION, DRY_RUN] };
        let full_name = format!("nordwind/checkout/deploy/{}", name.replace('/', "%2F"));
        items.push(item(&full_name, PIPELINE, "", deploy, parameters));
    }
    Jenkins { items, root: root.to_owned(), ..Jenkins::default() }
}

fn item(full_name: &str, class: &'static str, description: &'static str, work: Work, parameters: &[Parameter]) -> Item {
    Item {
        full_name: full_name.to_owned(),
        class,
        description,
        parameters: parameters.to_vec(),
        work,
        disabled: false,
        learns: false,
        builds: Vec::new(),
    }
}
