//! `pilothouse checklist`.

use crate::commands::Ran;
use crate::commands::checklist_text::{acted, attached, imported, shown, templates};
use crate::exit::Exit;
use crate::input;
use crate::names;
use crate::session::Session;
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    AddOwnItemRequest, Api, ApiError, AssignItemsRequest, AttachEvidenceRequest, BeginChecklistRequest, ChecklistItemView,
    ChecklistTemplateView, ChecklistView, ErrorCode, EvidenceOwnerWord, IdRequest, ImportChecklistIssueRequest,
    ImportChecklistItemsRequest, ImportFormatWord, MomentWord, NewEvidenceBody, PutChecklistTemplateRequest, RemoveOwnItemRequest,
    ReopenItemsRequest, SkipItemsRequest, TakeOverRequest, TickItemsRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ChecklistCommand {
    /// The checklists of a release: what is done, what is open, who has it
    Show {
        /// The release: product@version, or id
        release: String,
        /// Only of this environment
        environment: Option<String>,
    },
    /// Tick items
    Tick {
        #[command(flatten)]
        items: Items,
        /// Minutes that each took
        #[arg(long, value_name = "N")]
        minutes: Option<u32>,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Open items again that were ticked or skipped
    Untick {
        #[command(flatten)]
        items: Items,
    },
    /// Leave optional items out
    Skip {
        #[command(flatten)]
        items: Items,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Give items to somebody
    Assign {
        #[command(flatten)]
        items: Items,
        /// Who; nobody without it
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
        /// Until when: 2026-11-24T08:00:00+01:00
        #[arg(long, value_name = "TIME")]
        due: Option<String>,
    },
    /// Add an item to a checklist, for this release alone
    Add {
        /// The release: product@version, or id
        release: String,
        /// The checklist's name
        checklist: String,
        /// What is to be done, in a line
        title: String,
        /// How, in Markdown
        #[arg(long, value_name = "TEXT", default_value = "")]
        instructions: String,
        /// It doesn't hold the release
        #[arg(long)]
        optional: bool,
        /// Who has it
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
        /// Minutes that it should take
        #[arg(long, value_name = "N")]
        planned: Option<u32>,
    },
    /// Take an item away again that was added for this release
    Drop {
        /// The release: product@version, or id
        release: String,
        /// The item: its title, the beginning of it, or its id
        item: String,
    },
    /// Take over the newest publication of the template: `show` says what that changes
    TakeOver {
        /// The release: product@version, or id
        release: String,
        /// The checklist's name
        checklist: String,
        /// Why, where the checklist was gone through already
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Attach evidence to an item
    Attach {
        /// The release: product@version, or id
        release: String,
        /// The item: its title, the beginning of it, or its id
        item: String,
        #[command(flatten)]
        evidence: Evidence,
    },
    /// The templates of a product
    Templates {
        /// Product: name or id
        product: String,
    },
    /// Read a list into a template's draft: a task list in Markdown, or a table as CSV. Makes the template where there is none
    Import {
        /// The environment: product/environment
        environment: String,
        /// The template's name
        name: String,
        /// The list; - is standard input
        #[arg(required_unless_present = "issue")]
        file: Option<PathBuf>,
        /// The task list of an issue instead: its address, owner/name#12, or its number in the product's repository
        #[arg(long, value_name = "ISSUE", conflicts_with_all = ["file", "format"])]
        issue: Option<String>,
        /// How it is written; told by the file's ending where it is left out
        #[arg(long, value_enum)]
        format: Option<Format>,
        /// When a new template's checklists are gone through
        #[arg(long, value_enum, default_value = "before")]
        moment: Moment,
        /// Publish it as well
        #[arg(long)]
        publish: bool,
    },
    /// Take a template away; checklists that were begun stay
    Remove {
        /// The environment: product/environment
        environment: String,
        /// The template's name
        name: String,
    },
    /// Publish a template's draft
    Publish {
        /// The environment: product/environment
        environment: String,
        /// The template's name
        name: String,
    },
}

/// Which items.
#[derive(Debug, Args)]
pub(crate) struct Items {
    /// The release: product@version, or id
    release: String,
    /// The items: their titles, the beginning of them, or their ids
    #[arg(required = true)]
    items: Vec<String>,
}

/// What is attached.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Evidence {
    /// A file of at most 10 MiB
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The address of a page
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Seconds that something took
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// A task list
    Markdown,
    /// A table
    Csv,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Moment {
    /// Before a deployment to the environment
    Before,
    /// After it
    After,
}

pub(crate) async fn run(command: ChecklistCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        ChecklistCommand::Show { release, environment } => {
            let mut lists = lists(api, &release).await?;
            if let Some(name) = environment {
                lists.retain(|list| list.environment.eq_ignore_ascii_case(&name) || list.environment_id == name);
            }
            session.screen.show(&lists, |lists| shown(lists));
        }
        ChecklistCommand::Tick { items, minutes, note } => {
            let (checklist_id, item_ids) = chosen(api, &items).await?;
            session.screen.show(&api.tick_items(TickItemsRequest { checklist_id, item_ids, minutes, note }).await?, acted);
        }
        ChecklistCommand::Untick { items } => {
            let (checklist_id, item_ids) = chosen(api, &items).await?;
            session.screen.show(&api.reopen_items(ReopenItemsRequest { checklist_id, item_ids }).await?, acted);
        }
        ChecklistCommand::Skip { items, reason } => {
            let (checklist_id, item_ids) = chosen(api, &items).await?;
            session.screen.show(&api.skip_items(SkipItemsRequest { checklist_id, item_ids, reason }).await?, acted);
        }
        ChecklistCommand::Assign { items, to, due } => {
            let (checklist_id, item_ids) = chosen(api, &items).await?;
            session.screen.show(&api.assign_items(AssignItemsRequest { checklist_id, item_ids, assignee: to, due }).await?, acted);
        }
        ChecklistCommand::Add { release, checklist, title, instructions, optional, to, planned } => {
            let list = named(api, &release, &checklist).await?;
            let (checklist_id, is_required) = (begun(api, &list).await?, !optional);
            let request = AddOwnItemRequest { checklist_id, title, instructions, is_required, assignee: to, planned_minutes: planned };
            session.screen.show(&api.add_own_item(request).await?, |list| shown(std::slice::from_ref(list)));
        }
        ChecklistCommand::Drop { release, item } => {
            let (checklist_id, mut items) = chosen(api, &Items { release, items: vec![item] }).await?;
            let request = RemoveOwnItemRequest { checklist_id, item_id: items.pop().unwrap_or_default() };
            session.screen.show(&api.remove_own_item(request).await?, |list| shown(std::slice::from_ref(list)));
        }
        ChecklistCommand::TakeOver { release, checklist, reason } => {
            let list = named(api, &release, &checklist).await?;
            let Some(newer) = &list.newer else {
                let message = format!("“{}” goes by the last publication already", list.name);
                return Err(ApiError::invalid("checklist", message, "There is nothing to take over."));
            };
            let request = TakeOverRequest { checklist_id: begun(api, &list).await?, number: newer.number, reason };
            session.screen.show(&api.take_over_publication(request).await?, |list| shown(std::slice::from_ref(list)));
        }
        ChecklistCommand::Attach { release, item, evidence } => {
            let (owner_id, mut parts) = chosen(api, &Items { release, items: vec![item] }).await?;
            let (owner_kind, part_id) = (EvidenceOwnerWord::Checklist, parts.pop());
            let request = AttachEvidenceRequest { owner_kind, owner_id, part_id, evidence: body(evidence)? };
            session.screen.show(&api.attach_evidence(request).await?, attached);
        }
        ChecklistCommand::Templates { product } => {
            let id = names::product(api, &product).await?.id;
            session.screen.show(&api.list_checklist_templates(IdRequest { id }).await?, |views| templates(views));
        }
        ChecklistCommand::Import { environment, name, file, issue, format, moment, publish } => {
            let mut report = match (issue, file) {
                (Some(issue), _) => {
                    let template_id = template_or_new(api, &environment, &name, moment).await?;
                    api.import_checklist_issue(ImportChecklistIssueRequest { template_id, issue }).await?
                }
                (None, file) => {
                    let file = file.unwrap_or_else(|| PathBuf::from("-"));
                    let is_csv = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
                    let format = match format {
                        Some(Format::Csv) => ImportFormatWord::Csv,
                        None if is_csv => ImportFormatWord::Csv,
                        Some(Format::Markdown) | None => ImportFormatWord::Markdown,
                    };
                    let text = input::text(&file)?;
                    let template_id = template_or_new(api, &environment, &name, moment).await?;
                    api.import_checklist_items(ImportChecklistItemsRequest { template_id, format, text }).await?
                }
            };
            if publish && report.template.has_draft {
                report.template = api.publish_checklist_template(IdRequest { id: report.template.id.clone() }).await?;
            }
            session.screen.show(&report, imported);
        }
        ChecklistCommand::Remove { environment, name } => {
            let template = template(api, &environment, &name).await?.ok_or_else(|| no_template(&name))?;
            api.remove_checklist_template(IdRequest { id: template.id.clone() }).await?;
            session.screen.show(&template, |template| format!("Removed the checklist {} of {}.\n", template.name, template.environment));
        }
        ChecklistCommand::Publish { environment, name } => {
            let template = template(api, &environment, &name).await?.ok_or_else(|| no_template(&name))?;
            let view = api.publish_checklist_template(IdRequest { id: template.id }).await?;
            session.screen.show(&view, |view| templates(std::slice::from_ref(view)));
        }
    }
    Ok(Exit::Done)
}

async fn lists(api: &Api, release: &str) -> Result<Vec<ChecklistView>, ApiError> {
    api.release_checklists(IdRequest { id: names::release(api, release).await? }).await
}

/// The checklist of a release that is called so, or has this id.
async fn named(api: &Api, release: &str, name: &str) -> Result<ChecklistView, ApiError> {
    let is_meant = |list: &ChecklistView| list.name.eq_ignore_ascii_case(name.trim()) || list.id.as_deref() == Some(name);
    lists(api, release).await?.into_iter().find(is_meant).ok_or_else(|| no_checklist(name))
}

/// The items that are meant, and their checklist, which is begun where it isn't yet. All must be of one.
async fn chosen(api: &Api, items: &Items) -> Result<(String, Vec<String>), ApiError> {
    let lists = lists(api, &items.release).await?;
    let mut found: Option<(&ChecklistView, Vec<String>)> = None;
    for text in &items.items {
        let (list, item) = find(&lists, text)?;
        let (known, ids) = found.get_or_insert_with(|| (list, Vec::new()));
        if known.template_id != list.template_id {
            return Err(ApiError::invalid("items", "the items are of several checklists", "Do it for one checklist at a time."));
        }
        ids.push(item.id.clone());
    }
    let Some((list, ids)) = found else { return Err(missing("")) };
    Ok((begun(api, list).await?, ids))
}

/// The id of a checklist, which is begun where it isn't yet.
async fn begun(api: &Api, list: &ChecklistView) -> Result<String, ApiError> {
    if let Some(id) = &list.id {
        return Ok(id.clone());
    }
    let request = BeginChecklistRequest { release_id: list.release_id.clone(), template_id: list.template_id.clone() };
    api.begin_checklist(request).await?.id.ok_or_else(|| no_checklist(&list.name))
}

fn no_checklist(name: &str) -> ApiError {
    let message = format!("the release has no checklist `{name}`");
    ApiError::new(ErrorCode::NotFound, message, "See `pilothouse checklist show` for those that it has.")
}

/// The item that is meant: by id, by its title, else by the beginning of one.
fn find<'a>(lists: &'a [ChecklistView], text: &str) -> Result<(&'a ChecklistView, &'a ChecklistItemView), ApiError> {
    let lower = text.trim().to_lowercase();
    let all = || lists.iter().flat_map(|list| list.items.iter().map(move |item| (list, item)));
    let by_id: Vec<_> = all().filter(|(_, item)| item.id == lower).collect();
    let by_title: Vec<_> = all().filter(|(_, item)| item.title.to_lowercase() == lower).collect();
    let by_beginning: Vec<_> = all().filter(|(_, item)| !lower.is_empty() && item.title.to_lowercase().starts_with(&lower)).collect();
    let ranked = [by_id, by_title, by_beginning].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    match ranked.as_slice() {
        [only] => Ok(*only),
        [] => Err(missing(text)),
        several => Err(ApiError::invalid(
            "items",
            format!("{} items are called `{text}`", several.len()),
            "Give the id in the first column of `pilothouse checklist show`.",
        )),
    }
}

fn missing(text: &str) -> ApiError {
    let message = format!("there is no item `{text}` in the release's checklists");
    ApiError::new(ErrorCode::NotFound, message, "See `pilothouse checklist show` for those that there are.")
}

fn body(evidence: Evidence) -> Result<NewEvidenceBody, ApiError> {
    Ok(match evidence {
        Evidence { file: Some(path), .. } => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            NewEvidenceBody::File { name, content: input::base64(&path)? }
        }
        Evidence { link: Some(url), .. } => NewEvidenceBody::Link { url, title: String::new() },
        Evidence { note: Some(text), .. } => NewEvidenceBody::Note { text },
        Evidence { seconds, .. } => NewEvidenceBody::MeasuredTime { what: "the item".to_owned(), seconds: seconds.unwrap_or_default() },
    })
}

async fn template(api: &Api, environment: &str, name: &str) -> Result<Option<ChecklistTemplateView>, ApiError> {
    let (product, environment) = names::place(api, environment).await?;
    let templates = api.list_checklist_templates(IdRequest { id: product.id }).await?;
    Ok(templates.into_iter().find(|template| template.environment_id == environment.id && template.name == name.trim()))
}

async fn template_or_new(api: &Api, environment: &str, name: &str, moment: Moment) -> Result<String, ApiError> {
    if let Some(known) = template(api, environment, name).await? {
        return Ok(known.id);
    }
    let request = PutChecklistTemplateRequest {
        id: None,
        revision: 0,
        environment_id: names::place(api, environment).await?.1.id,
        name: name.to_owned(),
        moment: match moment {
            Moment::Before => MomentWord::Before,
            Moment::After => MomentWord::After,
        },
        items: Vec::new(),
    };
    Ok(api.put_checklist_template(request).await?.id)
}

fn no_template(name: &str) -> ApiError {
    let message = format!("the environment has no checklist `{name}`");
    ApiError::new(ErrorCode::NotFound, message, "See `pilothouse checklist templates` for those that there are.")
}
