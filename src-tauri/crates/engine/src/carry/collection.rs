//! Carries the import of a run's reports through: asks the provider what the run left behind, reads what the rule means, and writes what the
//! reports say together. Reading changes nothing at the provider, so that an import which was cut off is begun anew.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{Artifact, ArtifactFiles, ArtifactLimits, CallOutcome, Provider, ProviderError, ProviderErrorKind};
use pilothouse_domain::smoke::collected::{is_wanted, shown};
use pilothouse_domain::smoke::{Collected, CollectedRun, Interruption, SmokeRun, SmokeRunState, digest};
use std::sync::Arc;
use std::time::Duration;

/// Archives of a run that are downloaded.
const MOST_ARCHIVES: usize = 20;
/// Files of a run that are read.
const MOST_FILES: usize = 500;
/// Bytes of a download, and of a file.
const LARGEST: usize = 32 * 1024 * 1024;
/// Bytes of all reports of a run together.
const LARGEST_WHOLE: usize = 128 * 1024 * 1024;
/// How long it is waited before the provider is asked again, where it could not be reached.
const PAUSES: [Duration; 3] = [Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(180)];

impl Engine {
    pub(super) async fn carry_collection(&self, run: &SmokeRun, from: &CollectedRun) -> Result<(), EngineError> {
        let now = self.now();
        if run.state == SmokeRunState::Requested {
            let begun = self.move_smoke_run(run.id, &[], |run| run.begun(String::new(), Vec::new(), now)).await?;
            if begun.is_none() {
                return Ok(());
            }
        }
        let patterns = self.report_rule(run.product_id, run.environment_id).await?.effective_patterns();
        let gathered = tokio::select! {
            gathered = self.gather_patiently(from, &patterns) => gathered,
            () = self.ended_elsewhere(run.id) => return Ok(()),
        };
        match gathered {
            Ok((found, text_digest)) => {
                let now = self.now();
                self.move_smoke_run(run.id, &[], |run| run.collected(found.clone(), text_digest.clone(), now)).await.map(drop)
            }
            Err(EngineError::Store(error)) => Err(error.into()),
            Err(error) => self.interrupt_smoke(run.id, &Interruption::Impossible { reason: super::smoke::words(&error) }).await,
        }
    }

    async fn gather_patiently(&self, from: &CollectedRun, patterns: &[String]) -> Result<(Collected, String), EngineError> {
        let mut pauses = PAUSES.into_iter();
        // Ends: with an answer, or after the last pause.
        loop {
            let (of, wanted) = (from.clone(), patterns.to_vec());
            let asked = self.ask_provider(from.connection_id, async move |client| gather(client, &of, &wanted).await).await;
            let wait = match &asked {
                Err(EngineError::Provider(error)) if error.outcome() != CallOutcome::Refused => {
                    pauses.next().map(|pause| error.retry_after().map_or(pause, |wait| wait.min(Duration::from_secs(3600))))
                }
                _ => None,
            };
            match wait {
                Some(wait) => self.sleep_until(self.now().plus(wait)).await,
                None => return asked,
            }
        }
    }
}

/// What a run left behind that is a report, and the digest of it.
async fn gather(client: Arc<dyn Provider>, from: &CollectedRun, patterns: &[String]) -> Result<(Collected, String), ProviderError> {
    let run = client.run(&from.repository, &from.external_id).await?;
    if !run.status.is_ended() || run.attempt != from.attempt {
        return Err(ProviderError {
            kind: ProviderErrorKind::Conflict,
            message: format!("Run {} was begun again: it is at attempt {} now, not {}.", from.external_id, run.attempt, from.attempt),
            next_step: "Import the reports of the new attempt once it has ended.".to_owned(),
        });
    }
    let wanted = |path: &str| is_wanted(patterns, path);
    let mut found = Collected::default();
    let (mut texts, mut read, mut archives) = (String::new(), 0_usize, 0_usize);
    for artifact in in_order(client.artifacts(&from.repository, &run).await?) {
        if !artifact.is_archive && !wanted(&artifact.name) {
            continue;
        }
        archives += usize::from(artifact.is_archive);
        if let Some(reason) = why_not(&artifact, archives, read) {
            found.left_out.push(shown(&format!("{}: {reason}", artifact.name)));
            continue;
        }
        let limits = ArtifactLimits {
            download_bytes: LARGEST,
            files: MOST_FILES.saturating_sub(found.files.len()),
            file_bytes: LARGEST,
            unpacked_bytes: LARGEST_WHOLE.saturating_sub(read),
        };
        let ArtifactFiles { files, left_out } = match client.artifact_files(&from.repository, &run, &artifact, &wanted, &limits).await {
            Ok(files) => files,
            // Of this one nothing is to be had; it may have held a report.
            Err(error)
                if matches!(error.kind, ProviderErrorKind::NotFound | ProviderErrorKind::Invalid | ProviderErrorKind::Unexpected) =>
            {
                ArtifactFiles { files: Vec::new(), left_out: vec![error.message] }
            }
            Err(error) => return Err(error),
        };
        for file in files {
            read += file.text.len();
            texts.push_str(&format!("{} {}\n", file.path, digest(&file.text)));
            found.add(&file.path, &file.text);
        }
        left_out.iter().for_each(|reason| found.lose(reason));
    }
    Ok((found, digest(&texts)))
}

/// What is called like a report comes first, so that the bounds leave out what isn't.
fn in_order(mut artifacts: Vec<Artifact>) -> Vec<Artifact> {
    let is_likely = |artifact: &Artifact| {
        let name = artifact.name.to_lowercase();
        ["test", "junit", "report", "result", "tap"].iter().any(|word| name.contains(word))
    };
    artifacts.sort_by_key(|artifact| !is_likely(artifact));
    artifacts
}

/// Why an artifact is not read.
fn why_not(artifact: &Artifact, archives: usize, read: usize) -> Option<String> {
    let is_large = artifact.bytes.is_some_and(|bytes| bytes > LARGEST as u64);
    match &artifact.why_not {
        Some(reason) => Some(reason.clone()),
        None if is_large => Some(format!("it is larger than {} MiB", LARGEST / 1024 / 1024)),
        None if archives > MOST_ARCHIVES => Some(format!("the run has more than {MOST_ARCHIVES} archives")),
        None if read >= LARGEST_WHOLE => Some(format!("the reports are larger than {} MiB", LARGEST_WHOLE / 1024 / 1024)),
        None => None,
    }
}
