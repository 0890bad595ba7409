//! `pilothouse release tag`, `publish`, `notes`, `compare`, and `pilothouse product clone`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{fields, moment_or, short, table, word};
use clap::Args;
use pilothouse_api::{
    ChangeView, CloneView, CompareReleaseRequest, ComparisonView, CreateTagRequest, EditReleaseRequest, EnvironmentComparisonView,
    GenerateNotesRequest, IdRequest, NotesWriterWord, PublicationView, PublishReleaseRequest, SetCloneRequest,
};
use std::path::PathBuf;

/// A tag to create.
#[derive(Debug, Args)]
pub(crate) struct TagArguments {
    /// product@version, or id
    release: String,
    /// Another name than the one that the release has
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its message; without it, product and version
    #[arg(long, value_name = "TEXT", conflicts_with = "lightweight")]
    message: Option<String>,
    /// A lightweight tag, without a message
    #[arg(long)]
    lightweight: bool,
    /// Create nothing: only look how tag and release stand
    #[arg(long, conflicts_with_all = ["name", "message", "lightweight"])]
    look: bool,
}

/// A release to publish.
#[derive(Debug, Args)]
pub(crate) struct PublishArguments {
    /// product@version, or id
    release: String,
    /// Its title; without it, product and version
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Mark it as not ready for everybody (true or false); without it, as its version says
    #[arg(long, value_name = "BOOL")]
    prerelease: Option<bool>,
}

/// Notes to write.
#[derive(Debug, Args)]
pub(crate) struct NotesArguments {
    /// product@version, or id
    release: String,
    /// From the commits, and not by the provider
    #[arg(long)]
    from_commits: bool,
    /// Put them in place of the release's notes
    #[arg(long)]
    save: bool,
}

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// product@version, or id
    release: String,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
}

/// A product's clone.
#[derive(Debug, Args)]
pub(crate) struct CloneArguments {
    /// Name or id
    product: String,
    /// The folder of the clone; without it, the one that is named is shown
    #[arg(long, value_name = "FOLDER", conflicts_with = "forget")]
    path: Option<PathBuf>,
    /// Forget the clone
    #[arg(long)]
    forget: bool,
}

pub(crate) async fn tag(arguments: TagArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let id = names::release(api, &arguments.release).await?;
    let message = if arguments.lightweight { Some(String::new()) } else { arguments.message };
    let view = if arguments.look {
        api.release_publication(IdRequest { id }).await?
    } else {
        api.create_release_tag(CreateTagRequest { id, name: arguments.name, message }).await?
    };
    session.screen.show(&view, publication);
    Ok(Exit::Done)
}

pub(crate) async fn publish(arguments: PublishArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let id = names::release(api, &arguments.release).await?;
    let request = PublishReleaseRequest { id, title: arguments.title, is_prerelease: arguments.prerelease };
    session.screen.show(&api.publish_release(request).await?, publication);
    Ok(Exit::Done)
}

pub(crate) async fn notes(arguments: NotesArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let id = names::release(api, &arguments.release).await?;
    let by = if arguments.from_commits { NotesWriterWord::Commits } else { NotesWriterWord::Provider };
    let written = api.generate_notes(GenerateNotesRequest { id: id.clone(), by }).await?;
    if let Some(why) = &written.instead {
        session.screen.say(&format!("Written from the commits. {why}"));
    }
    if arguments.save {
        api.edit_release(EditReleaseRequest { id, notes: Some(written.notes.clone()), version: None }).await?;
        session.screen.say("The release's notes were replaced.");
    }
    session.screen.show(&written, |written| written.notes.clone());
    Ok(Exit::Done)
}

pub(crate) async fn compare(arguments: CompareArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let id = names::release(api, &arguments.release).await?;
    let environment_id = match &arguments.environment {
        None => None,
        Some(name) => {
            let product_id = api.get_release(IdRequest { id: id.clone() }).await?.release.product_id;
            Some(names::environment(&names::product(api, &product_id).await?, name)?.id)
        }
    };
    session.screen.show(&api.compare_release(CompareReleaseRequest { id, environment_id }).await?, comparison);
    Ok(Exit::Done)
}

pub(crate) async fn clone(arguments: CloneArguments, session: &Session<'_>) -> Ran {
    let api = session.api();
    let product = names::product(api, &arguments.product).await?;
    let view = match arguments.path {
        None if !arguments.forget => api.product_clone(IdRequest { id: product.id }).await?,
        path => {
            // The folder of this shell is not the one of the engine.
            let path = path.map(|path| std::path::absolute(&path).unwrap_or(path).display().to_string());
            api.set_product_clone(SetCloneRequest { product_id: product.id, path }).await?
        }
    };
    session.screen.show(&view, |view| view.as_ref().map_or_else(|| "No clone is named on this computer.".to_owned(), clone_text));
    Ok(Exit::Done)
}

fn publication(view: &PublicationView) -> String {
    let (tag, published) = (&view.tag, &view.published);
    let mut text = fields(&[
        ("tag", format!("{}: {}", tag.name, tag.line)),
        ("signature", tag.signature.as_ref().map(|signature| signature.line.clone()).unwrap_or_default()),
        ("release", published.line.clone()),
        ("title", published.title.clone().unwrap_or_default()),
        ("page", published.url.clone().unwrap_or_default()),
        ("since", moment_or(published.at.as_ref(), "")),
    ]);
    for asset in &published.assets {
        text.push_str(&format!("  {}  {}\n", asset.name, asset.url));
    }
    if published.notes_differ {
        text.push_str("Its notes there differ from those here.\n");
    }
    if let Some(trouble) = &view.trouble {
        text.push_str(&format!("Could not look now: {trouble}\n"));
    }
    text
}

fn comparison(view: &ComparisonView) -> String {
    let mut text = String::new();
    if let Some(clone) = &view.told_by_clone {
        text.push_str(&format!("{clone}\n\n"));
    }
    for environment in &view.environments {
        text.push_str(&compared(environment));
    }
    text
}

fn compared(view: &EnvironmentComparisonView) -> String {
    let mut text = format!("{}: {}\n", view.name, view.line);
    if let Some(unverified) = &view.unverified_version {
        text.push_str(&format!("  {unverified} was deployed there since, and is not verified.\n"));
    }
    if let Some(trouble) = &view.trouble {
        text.push_str(&format!("  {trouble}\n"));
    }
    let rows = |sign: &'static str, changes: &[ChangeView], total: u32| {
        let mut rows: Vec<Vec<String>> = changes.iter().map(|c| row(sign, c)).collect();
        let left = total.saturating_sub(u32::try_from(changes.len()).unwrap_or(u32::MAX));
        if left > 0 {
            rows.push(vec![format!("  {sign}"), format!("and {left} more")]);
        }
        rows
    };
    let all = [rows("+", &view.brings, view.ahead), rows("-", &view.takes_away, view.behind)].concat();
    text.push_str(&table(&all));
    if let Some(url) = &view.url {
        text.push_str(&format!("  {url}\n"));
    }
    text.push('\n');
    text
}

fn row(sign: &str, change: &ChangeView) -> Vec<String> {
    let kind = if change.breaking { format!("{} BREAKING", word(change.kind)) } else { word(change.kind) };
    vec![format!("  {sign} {}", short(&change.sha)), kind, change.subject.clone(), change.author.clone()]
}

fn clone_text(view: &CloneView) -> String {
    fields(&[
        ("folder", view.path.clone()),
        ("branch", view.branch.clone().unwrap_or_default()),
        ("tags", if view.trouble.is_none() { view.tags.to_string() } else { String::new() }),
        ("from", view.origin.clone().unwrap_or_default()),
        ("trouble", view.trouble.clone().unwrap_or_default()),
        ("", view.next_step.clone().unwrap_or_default()),
    ])
}
