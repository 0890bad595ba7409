//! `pilothouse document`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::input;
use crate::names;
use crate::session::Session;
use crate::text::{clean, fields, moment, table_or, word};
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    Api, ApiError, ConfirmReadingRequest, DocumentKindWord, DocumentPageView, DocumentSourceBody, DocumentView, ErrorCode,
    GetDocumentRequest, IdRequest, ListDocumentsRequest, PutDocumentRequest, ReleaseDocumentView, RetireRequest, ReviewDocumentRequest,
    TakeDocumentRequest, WriteDocumentRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum DocumentCommand {
    /// The documents of a product; with words those that have all of them in title, owner or text
    List {
        /// The product
        product: String,
        /// What to look for
        words: Vec<String>,
    },
    /// What a release must update, and who has yet to read what. Exits with 3 where something is missing
    Release {
        /// The release: product@version, or id
        release: String,
    },
    /// A document with its text
    Show {
        #[command(flatten)]
        which: Which,
        /// An earlier version
        #[arg(long, value_name = "NUMBER")]
        version: Option<u32>,
    },
    /// Add a document
    Add {
        /// The product
        product: String,
        /// Its title
        title: String,
        /// What kind
        #[arg(long, value_enum, default_value = "other")]
        kind: Kind,
        /// Who sees to it
        #[arg(long, value_name = "NAME", default_value = "")]
        owner: String,
        /// It lies in this file of the repository
        #[arg(long, value_name = "PATH", conflicts_with = "url")]
        file: Option<String>,
        /// It lies on this page
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// A change of these paths asks to review it: 'deploy/**'
        #[arg(long = "path", value_name = "PATTERN")]
        paths: Vec<String>,
        /// It is reviewed again after so many days
        #[arg(long, value_name = "DAYS")]
        review_days: Option<u16>,
        /// Who has to read each version
        #[arg(long = "reader", value_name = "NAME")]
        readers: Vec<String>,
    },
    /// Write a version of a document
    Write {
        #[command(flatten)]
        which: Which,
        /// The text, in Markdown; - is standard input
        text: PathBuf,
        /// What changed
        #[arg(long, value_name = "TEXT", default_value = "")]
        remark: String,
        /// The release that it is for: it counts as reviewed for it
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Take a document in from the repository
    Take {
        #[command(flatten)]
        which: Which,
        /// As it is at this release's commit
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Say that the current version is right
    Review {
        #[command(flatten)]
        which: Which,
        /// For this release
        #[arg(long = "for", value_name = "RELEASE")]
        release: Option<String>,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        remark: String,
    },
    /// Confirm that you have read the current version
    Read {
        #[command(flatten)]
        which: Which,
        /// Somebody else has
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
    },
    /// Take a document out of use
    Retire {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Take it into use again instead
        #[arg(long)]
        undo: bool,
    },
}

/// Which document.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The product
    product: String,
    /// The document: its title, or id
    document: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// For those who use the product
    UserGuide,
    /// For those who operate it
    OperationsManual,
    /// What to do when something fails
    Troubleshooting,
    /// What a release brings
    ReleaseNotes,
    /// Anything else
    Other,
}

pub(crate) async fn run(command: DocumentCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let screen = &session.screen;
    match command {
        DocumentCommand::List { product, words } => {
            let product_id = names::product(api, &product).await?.id;
            let views = api.list_documents(ListDocumentsRequest { product_id, query: words.join(" ") }).await?;
            screen.show(&views, |views| listed(views));
        }
        DocumentCommand::Release { release } => {
            let views = api.release_documents(IdRequest { id: names::release(api, &release).await? }).await?;
            screen.show(&views, |views| of_release(views));
            if views.iter().any(|view| !view.is_met) {
                return Ok(Exit::Blocked);
            }
        }
        DocumentCommand::Show { which, version } => {
            let id = find(api, &which).await?.id;
            screen.show(&api.get_document(GetDocumentRequest { id, number: version }).await?, page);
        }
        DocumentCommand::Add { product, title, kind, owner, file, url, paths, review_days, readers } => {
            let product_id = names::product(api, &product).await?.id;
            let source = match (file, url) {
                (Some(path), _) => DocumentSourceBody::Repository { path },
                (None, Some(url)) => DocumentSourceBody::Link { url },
                (None, None) => DocumentSourceBody::Written,
            };
            let kind = kind.word();
            let request = PutDocumentRequest { id: None, revision: 0, product_id, kind, title, owner, source, paths, review_days, readers };
            screen.show(&api.put_document(request).await?, page);
        }
        DocumentCommand::Write { which, text, remark, release } => {
            let known = find(api, &which).await?;
            let release_id = release_id(api, release).await?;
            let request = WriteDocumentRequest { id: known.id, base: known.number, text: input::text(&text)?, remark, release_id };
            screen.show(&api.write_document(request).await?, page);
        }
        DocumentCommand::Take { which, release } => {
            let id = find(api, &which).await?.id;
            let release_id = release_id(api, release).await?;
            screen.show(&api.take_document(TakeDocumentRequest { id, release_id }).await?, page);
        }
        DocumentCommand::Review { which, release, remark } => {
            let known = find(api, &which).await?;
            let release_id = release_id(api, release).await?;
            let request = ReviewDocumentRequest { id: known.id, number: known.number, release_id, remark };
            screen.show(&api.review_document(request).await?, page);
        }
        DocumentCommand::Read { which, person } => {
            let known = find(api, &which).await?;
            let request = ConfirmReadingRequest { id: known.id, number: known.number, person };
            screen.show(&api.confirm_reading(request).await?, page);
        }
        DocumentCommand::Retire { which, reason, undo } => {
            let id = find(api, &which).await?.id;
            screen.show(&api.retire_document(RetireRequest { id, is_retired: !undo, reason }).await?, page);
        }
    }
    Ok(Exit::Done)
}

impl Kind {
    const fn word(self) -> DocumentKindWord {
        match self {
            Self::UserGuide => DocumentKindWord::UserGuide,
            Self::OperationsManual => DocumentKindWord::OperationsManual,
            Self::Troubleshooting => DocumentKindWord::Troubleshooting,
            Self::ReleaseNotes => DocumentKindWord::ReleaseNotes,
            Self::Other => DocumentKindWord::Other,
        }
    }
}

pub(super) async fn release_id(api: &Api, release: Option<String>) -> Result<Option<String>, ApiError> {
    match release {
        Some(release) => Ok(Some(names::release(api, &release).await?)),
        None => Ok(None),
    }
}

async fn find(api: &Api, which: &Which) -> Result<DocumentView, ApiError> {
    let product_id = names::product(api, &which.product).await?.id;
    let views = api.list_documents(ListDocumentsRequest { product_id, query: String::new() }).await?;
    let wanted = which.document.trim().to_lowercase();
    views.into_iter().find(|view| view.title.to_lowercase() == wanted || view.id == wanted).ok_or_else(|| {
        let message = format!("there is no document `{}`", which.document);
        ApiError::new(ErrorCode::NotFound, message, "See `pilothouse document list` for those that there are.")
    })
}

fn state(view: &DocumentView) -> String {
    match view {
        _ if view.retired.is_some() => "out of use".to_owned(),
        _ if view.number == 0 => "no text yet".to_owned(),
        _ if !view.stale.is_empty() => format!("out of date: {}", view.stale.join("; ")),
        _ if !view.unread.is_empty() => format!("unread by {}", view.unread.join(", ")),
        _ => "up to date".to_owned(),
    }
}

fn listed(views: &[DocumentView]) -> String {
    let rows = views.iter().map(|view| {
        let found = view.excerpt.clone().unwrap_or_default();
        vec![view.title.clone(), word(view.kind), view.number.to_string(), view.owner.clone(), state(view), found]
    });
    table_or(&["DOCUMENT", "KIND", "VERSION", "OWNER", "STATE", ""], rows.collect(), "There is no such document.")
}

fn of_release(views: &[ReleaseDocumentView]) -> String {
    let rows = views.iter().map(|view| {
        let review = match (&view.review, &view.asked, &view.overdue_since) {
            (Some(review), _, None) => format!("reviewed by {}", review.by),
            (_, _, Some(since)) => format!("review overdue since {}", moment(since)),
            (None, Some(asked), None) => format!("to be reviewed: {asked}"),
            (None, None, None) => "untouched".to_owned(),
        };
        let unread = if view.document.unread.is_empty() { String::new() } else { format!("unread by {}", view.document.unread.join(", ")) };
        vec![if view.is_met { "ok" } else { "missing" }.to_owned(), view.document.title.clone(), review, unread]
    });
    table_or(&["", "DOCUMENT", "REVIEW", "READERS"], rows.collect(), "The product has no documents.")
}

fn page(view: &DocumentPageView) -> String {
    let document = &view.document;
    let source = match &document.source {
        DocumentSourceBody::Written => "written here".to_owned(),
        DocumentSourceBody::Repository { path } => path.clone(),
        DocumentSourceBody::Link { url } => url.clone(),
    };
    let version = view.version.as_ref().map_or_else(
        || "none yet".to_owned(),
        |version| format!("{} by {}, {} {}", version.number, version.by, moment(&version.at), version.remark),
    );
    let mut text = fields(&[
        ("Document", document.title.clone()),
        ("Kind", word(document.kind)),
        ("Source", source),
        ("Owner", document.owner.clone()),
        ("Version", version),
        ("State", state(document)),
    ]);
    if !view.text.is_empty() {
        text.push('\n');
        view.text.lines().for_each(|line| text.push_str(&format!("{}\n", clean(line))));
    }
    text
}
