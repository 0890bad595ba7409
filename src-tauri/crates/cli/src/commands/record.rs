//! `pilothouse report` and `pilothouse bundle`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::screen::Screen;
use crate::session::Session;
use crate::text::fields;
use clap::{Args, Subcommand, ValueEnum};
use pilothouse_api::{
    ApiError, BundleVerdictView, ErrorCode, HandedOut, IdRequest, ReleaseReportFormat, ReleaseReportRequest, SavedFileView, verify_bundle,
};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// No bundle is larger: 1 GiB.
const MAX_BUNDLE_BYTES: u64 = 1 << 30;

#[derive(Debug, Args)]
pub(crate) struct ReportCommand {
    /// The release: product@version, or id
    release: String,
    /// What the report is made as
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// Where it is written; its own name in this folder where none is given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    Html,
    Pdf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Make the auditor's bundle of a release, signed with this computer's key
    Create {
        /// The release: product@version, or id
        release: String,
        /// Where it is written; its own name in this folder where none is given
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Verify a bundle, offline and without any data of Pilothouse; fails where anything was changed
    Verify {
        /// The bundle
        file: PathBuf,
        /// The fingerprint of the key that must have signed it, told in another way than with the bundle
        #[arg(long, value_name = "SHA256")]
        fingerprint: Option<String>,
    },
    /// The fingerprint of the key with which this computer signs: tell it to the auditor beforehand
    Key,
}

pub(crate) async fn report(command: ReportCommand, session: &Session<'_>) -> Ran {
    let format = match command.format {
        Format::Html => ReleaseReportFormat::Html,
        Format::Pdf => ReleaseReportFormat::Pdf,
    };
    let release_id = names::release(session.api(), &command.release).await?;
    let file = session.api().release_report(ReleaseReportRequest { release_id, format }).await?;
    let saved = write(&file, command.output, command.force)?;
    session.screen.show(&saved, saved_text);
    Ok(Exit::Done)
}

pub(crate) async fn bundle(command: BundleCommand, session: &Session<'_>) -> Ran {
    match command {
        BundleCommand::Create { release, output, force } => {
            let id = names::release(session.api(), &release).await?;
            let file = session.api().release_bundle(IdRequest { id }).await?;
            let saved = write(&file, output, force)?;
            session.screen.show(&saved, saved_text);
            Ok(Exit::Done)
        }
        BundleCommand::Verify { file, fingerprint } => verify(&file, fingerprint.as_deref(), session.screen),
        BundleCommand::Key => {
            session.screen.show(&session.api().bundle_key().await?, |key| key.fingerprint.clone());
            Ok(Exit::Done)
        }
    }
}

/// Without data folder, database or keychain.
pub(crate) fn verify(path: &Path, fingerprint: Option<&str>, screen: &Screen) -> Ran {
    if let Some(fingerprint) = fingerprint
        && fingerprint.chars().filter(char::is_ascii_hexdigit).count() != 64
    {
        return Err(ApiError::invalid(
            "fingerprint",
            "this is no fingerprint",
            "It has 64 hexadecimal digits, as `pilothouse bundle key` shows them.",
        ));
    }
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BUNDLE_BYTES + 1).read_to_end(&mut content));
    read.map_err(|error| ApiError::invalid("file", format!("{} can't be read: {error}", path.display()), "Name a bundle that exists."))?;
    let verdict = verify_bundle(&content, fingerprint);
    screen.show(&verdict, verdict_text);
    Ok(if verdict.is_sound { Exit::Done } else { Exit::Failed })
}

fn write(file: &HandedOut, output: Option<PathBuf>, force: bool) -> Result<SavedFileView, ApiError> {
    let path = output.unwrap_or_else(|| PathBuf::from(&file.name));
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(&path).and_then(|mut open| open.write_all(&file.content).and_then(|()| open.sync_all()));
    match written {
        Ok(()) => Ok(file.saved_as(path.display().to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(ApiError::new(
            ErrorCode::Taken,
            format!("{} is there already", path.display()),
            "Name another file with --output, or write over it with --force.",
        )),
        Err(error) => Err(ApiError::new(
            ErrorCode::Internal,
            format!("{} can't be written: {error}", path.display()),
            "Name another file with --output.",
        )),
    }
}

fn saved_text(saved: &SavedFileView) -> String {
    fields(&[("Saved", saved.path.clone()), ("SHA-256", saved.sha256.clone()), ("Key", saved.fingerprint.clone().unwrap_or_default())])
}

fn verdict_text(verdict: &BundleVerdictView) -> String {
    let mut lines: Vec<String> = verdict.faults.iter().map(|fault| format!("Not sound: {fault}.")).collect();
    if verdict.is_sound {
        lines.push(format!("The bundle of {} as of {} is sound.", verdict.release, verdict.as_of));
        lines.push(format!(
            "{} files and {} events of the audit chain fit; {} votes are signed.",
            verdict.files, verdict.events, verdict.signed_votes
        ));
        lines.push(format!("The chain in it ends with event {} {}", verdict.chain_seq, verdict.chain_hash));
    }
    if !verdict.fingerprint.is_empty() {
        let expected = match verdict.is_expected {
            Some(true) => ", as expected",
            Some(false) => ", which is not the expected one",
            None => ": compare it with what you were told in another way",
        };
        lines.push(format!("Signed with the key {}{expected}", verdict.fingerprint));
    }
    lines.join("\n")
}
