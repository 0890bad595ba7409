//! Folders, projects and jobs. What the port calls a repository is a folder, a multibranch project or the root; what it calls a
//! pipeline is a job below one by its full name from there. A multibranch project within a folder is one pipeline, and the ref
//! chooses its branch's or tag's job.

use super::client::Client;
use super::parameters;
use super::place::{Place, ROOT, branch_of};
use super::route::Route;
use super::wire::{self, Item};
use crate::failure::failure;
use pilothouse_engine::ports::provider::{
    InputKind, PipelineDescription, PipelineSummary, ProviderError, ProviderErrorKind as Kind, Repository,
};
use std::collections::VecDeque;

/// How many levels of folders one call asks for.
const LEVELS: usize = 4;
/// How many calls one look at everything makes, for folders that are deeper.
const MOST_CALLS: usize = 100;
/// How many repositories a search gives.
const MOST_FOUND: usize = 100;
/// Names of parameters, in small letters and without separators, whose choices are environments.
const ENVIRONMENT_PARAMETERS: &[&str] =
    &["environment", "env", "targetenvironment", "targetenv", "deployenvironment", "deployenv", "deployto", "target", "stage"];

/// Something below a folder.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) item: Item,
    /// The branch or tag, where it is the job of one.
    pub(super) branch: Option<String>,
}

/// Everything below a folder, with these fields of each.
pub(super) async fn walk(client: &Client, folder: &Place, fields: &str) -> Result<Vec<Found>, ProviderError> {
    let mut tree = format!("_class,name,{fields}");
    for _ in 0..LEVELS {
        tree = format!("_class,name,{fields},jobs[{tree}]");
    }
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([folder.clone()]);
    for _ in 0..MOST_CALLS {
        let Some(place) = waiting.pop_front() else { break };
        let route = Route::of(&place, "api/json", subject(&place)).tree(&tree);
        let item: Item = client.read(&route).await?;
        enter(item, &place, &mut found, &mut waiting)?;
    }
    Ok(found)
}

fn enter(parent: Item, place: &Place, found: &mut Vec<Found>, waiting: &mut VecDeque<Place>) -> Result<(), ProviderError> {
    let is_project = parent.is_multibranch();
    for mut item in parent.jobs.unwrap_or_default() {
        let Ok(here) = place.below(&item.name) else { continue };
        let jobs = item.jobs.take();
        let is_parent = item.is_folder() || item.is_multibranch();
        let inner = Item { class: item.class.clone(), jobs, ..Item::default() };
        found.push(Found { branch: is_project.then(|| branch_of(&item.name)), item, place: here.clone() });
        match inner.jobs {
            Some(_) => enter(inner, &here, found, waiting)?,
            None if is_parent => waiting.push_back(here),
            None => {}
        }
    }
    Ok(())
}

/// Folders and multibranch projects whose full name contains `query`, by name; Jenkins doesn't tell which was used last.
pub(super) async fn repositories(client: &Client, query: &str) -> Result<Vec<Repository>, ProviderError> {
    let wanted = query.trim().to_lowercase();
    let mut repositories: Vec<Repository> = walk(client, &Place::root(), "description,jobs[name]")
        .await?
        .into_iter()
        .filter(|found| found.item.is_folder() || found.item.is_multibranch())
        .filter(|found| found.place.full_name().to_lowercase().contains(&wanted))
        .map(|found| repository(&found.place, &found.item))
        .collect();
    repositories.sort_by_key(|repository| repository.full_name.to_lowercase());
    if wanted.is_empty() || wanted == ROOT {
        repositories.insert(0, repository(&Place::root(), &Item { description: "All of this Jenkins".to_owned(), ..Item::default() }));
    }
    repositories.truncate(MOST_FOUND);
    Ok(repositories)
}

/// One folder, project, or the root.
pub(super) async fn one(client: &Client, name: &str) -> Result<Repository, ProviderError> {
    let place = Place::repository(name)?;
    let route = Route::of(&place, "api/json", subject(&place)).tree("_class,name,description,jobs[_class,name,jobs[name]]");
    let item: Item = client.read(&route).await?;
    if !item.is_folder() && !item.is_multibranch() {
        return Err(failure(
            Kind::NotFound,
            format!("{name} is a job at Jenkins, and no folder."),
            "Enter the folder that the job is in (/ where it is in none), and choose the job as the pipeline.",
        ));
    }
    Ok(repository(&place, &item))
}

fn repository(place: &Place, item: &Item) -> Repository {
    Repository {
        full_name: place.full_name(),
        default_branch: default_branch(item),
        description: item.description.clone(),
        // Jenkins doesn't tell what a user may do.
        can_write: None,
    }
}

/// The branch that a multibranch project here most likely builds first: `main` or `master`, else any. `main` where there is none.
fn default_branch(item: &Item) -> String {
    let projects: Vec<&Item> =
        if item.is_multibranch() { vec![item] } else { item.jobs.iter().flatten().filter(|job| job.is_multibranch()).collect() };
    let branches: Vec<String> = projects.iter().flat_map(|project| project.jobs.iter().flatten()).map(|job| branch_of(&job.name)).collect();
    let usual = ["main", "master"].into_iter().find(|name| branches.iter().any(|branch| branch == name));
    usual.map(str::to_owned).or_else(|| branches.into_iter().next()).unwrap_or_else(|| "main".to_owned())
}

/// The jobs below a repository, by title.
pub(super) async fn pipelines(client: &Client, repository: &str) -> Result<Vec<PipelineSummary>, ProviderError> {
    let folder = Place::repository(repository)?;
    let mut pipelines: Vec<PipelineSummary> =
        jobs(client, &folder, "buildable,disabled,color").await?.iter().map(summary(&folder)).collect();
    pipelines.sort_by_key(|pipeline| pipeline.title.to_lowercase());
    Ok(pipelines)
}

/// What counts as a pipeline below a repository.
pub(super) async fn jobs(client: &Client, folder: &Place, fields: &str) -> Result<Vec<Found>, ProviderError> {
    let mut found = walk(client, folder, fields).await?;
    let is_direct = |found: &Found| found.place.below_of(folder).is_some_and(|name| !name.contains('/'));
    found.retain(|found| !found.item.is_folder() && (found.branch.is_none() || is_direct(found)));
    Ok(found)
}

fn summary(folder: &Place) -> impl Fn(&Found) -> PipelineSummary {
    |found| {
        let pipeline = found.place.below_of(folder).unwrap_or_default();
        let is_active = !found.item.is_disabled() && (found.item.is_multibranch() || found.item.buildable != Some(false));
        let title = found.branch.clone().unwrap_or_else(|| pipeline.replace('/', " » "));
        PipelineSummary { pipeline, title, is_active }
    }
}

/// The environments that the jobs of a repository let one choose from. Jenkins itself knows none.
pub(super) async fn environments(client: &Client, repository: &str) -> Result<Vec<String>, ProviderError> {
    let folder = Place::repository(repository)?;
    let fields = "property[parameterDefinitions[_class,name,type,choices]]";
    let mut names: Vec<String> = Vec::new();
    for found in walk(client, &folder, fields).await? {
        for input in parameters::inputs(&found.item) {
            let plain: String = input.name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
            if let InputKind::Choice(choices) = input.kind
                && ENVIRONMENT_PARAMETERS.contains(&plain.as_str())
            {
                let new: Vec<String> = choices.into_iter().filter(|choice| !choice.is_empty() && !names.contains(choice)).collect();
                names.extend(new);
            }
        }
    }
    Ok(names)
}

/// The job that a pipeline and a ref name.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) job: Item,
    /// The branch or tag, where it is the job of one.
    pub(super) branch: Option<String>,
}

impl Target {
    /// What it is called, in words.
    pub(super) fn words(&self) -> String {
        format!("job {}", self.place.full_name())
    }

    /// Why it can't be started by hand.
    pub(super) fn obstacle(&self) -> Option<ProviderError> {
        let words = self.words();
        if self.job.is_folder() {
            return Some(failure(Kind::Invalid, format!("{} is a folder, and no job.", self.place.full_name()), "Choose a job in it."));
        }
        if self.job.is_disabled() {
            return Some(failure(Kind::Conflict, format!("{words} is disabled at Jenkins."), "Release it, or enable it at Jenkins."));
        }
        (self.job.buildable == Some(false)).then(|| {
            failure(
                Kind::Invalid,
                format!("Jenkins can't build {words}: it is of a kind that can't be started from outside, or not set up yet."),
                "Choose another job, or save its configuration at Jenkins once.",
            )
        })
    }
}

/// Finds the job that a pipeline and a ref name. The ref counts where the pipeline is a multibranch project.
pub(super) async fn target(client: &Client, repository: &str, pipeline: &str, git_ref: &str) -> Result<Target, ProviderError> {
    let place = Place::repository(repository)?.below(pipeline)?;
    let route = Route::of(&place, "api/json", format!("job {}", place.full_name())).tree(wire::JOB);
    let job: Item = client.read(&route).await?;
    if !job.is_multibranch() {
        return Ok(Target { place, job, branch: None });
    }
    let branch = place.branch(git_ref)?;
    let route = Route::of(&branch, "api/json", format!("the job of {git_ref} in {}", place.full_name())).tree(wire::JOB);
    let Some(job) = client.find(&route).await? else {
        return Err(failure(
            Kind::NotFound,
            format!("{} has no job for {git_ref}.", place.full_name()),
            "Push the branch or tag, then let Jenkins scan the project. Tags have jobs only where the project discovers tags.",
        ));
    };
    Ok(Target { place: branch, job, branch: Some(git_ref.to_owned()) })
}

/// The pipeline that a job is, as it is listed for a repository: a branch's job belongs to its project.
pub(super) async fn pipeline_of(client: &Client, folder: &Place, job: &Place) -> Result<String, ProviderError> {
    let name = job.below_of(folder).unwrap_or_default();
    let Some((parent, project)) = job.parent().and_then(|parent| Some((parent.clone(), parent.below_of(folder)?))) else { return Ok(name) };
    let found: Option<Item> = client.find(&Route::of(&parent, "api/json", subject(&parent)).tree("_class,name")).await?;
    Ok(if found.is_some_and(|item| item.is_multibranch()) { project } else { name })
}

/// What a job takes, and what keeps it from being started.
pub(super) async fn describe(
    client: &Client,
    repository: &str,
    pipeline: &str,
    git_ref: &str,
) -> Result<PipelineDescription, ProviderError> {
    let target = target(client, repository, pipeline, git_ref).await?;
    Ok(PipelineDescription { obstacle: target.obstacle().map(|error| error.message), inputs: parameters::inputs(&target.job) })
}

fn subject(place: &Place) -> String {
    let name = place.full_name();
    if name == ROOT { "the root of Jenkins".to_owned() } else { format!("folder {name}") }
}
