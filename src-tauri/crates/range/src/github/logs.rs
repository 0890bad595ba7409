//! Logs: a redirect to the log store, which takes no token. While something runs there is no log yet (404).

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::error::{Answer, ApiError};
use super::extract::Id;
use crate::actions::run::{Attempt, Status};
use crate::lock::lock;
use crate::site::Site;

pub(super) async fn job(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let log = {
        let actions = lock(&site.actions);
        let (_, _, job) = actions.job(id).ok_or_else(ApiError::not_found)?;
        if job.status != Status::Completed {
            return Err(ApiError::not_found());
        }
        job.log.clone()
    };
    // GitHub's logs start with a byte order mark.
    let body = format!("\u{feff}{log}").into_bytes();
    Ok(redirect(&site, site.log_store.offer("text/plain; charset=utf-8", body)))
}

pub(super) async fn run(State(site): State<Arc<Site>>, Id(id): Id) -> Answer {
    let attempt = lock(&site.actions).runs.get(&id).and_then(|run| run.latest().cloned());
    archive(&site, attempt)
}

pub(super) async fn attempt(State(site): State<Arc<Site>>, Path((id, number)): Path<(u64, u64)>) -> Answer {
    let attempt = lock(&site.actions).runs.get(&id).and_then(|run| run.attempts.iter().find(|attempt| attempt.number == number).cloned());
    archive(&site, attempt)
}

fn archive(site: &Site, attempt: Option<Attempt>) -> Answer {
    let attempt = attempt.filter(|attempt| attempt.status == Status::Completed).ok_or_else(ApiError::not_found)?;
    let body = zip(&attempt).map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(redirect(site, site.log_store.offer("application/zip", body)))
}

/// One text file per job, numbered as GitHub does.
fn zip(attempt: &Attempt) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (number, job) in attempt.jobs.iter().enumerate() {
        writer.start_file(format!("{number}_{}.txt", job.name), stored)?;
        writer.write_all(job.log.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

fn redirect(site: &Site, path: String) -> Response {
    let location = format!("{}{path}", site.urls.log_store);
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}
