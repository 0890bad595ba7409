//! Answers to input steps: who may give them, and that the first one counts.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::access::Visitor;
use super::pages;
use crate::lock::lock;
use crate::people::LOGIN;
use crate::site::Site;

/// Answers the input step of a build.
pub(super) fn submit(site: &Site, visitor: Visitor, job: &str, number: u64, id: &str, proceeds: bool) -> Response {
    let response = {
        let mut jenkins = lock(&site.jenkins);
        match jenkins.build_mut(job, number).and_then(|build| build.input.as_mut()).filter(|input| input.id == id) {
            // A settled step is taken away from its build.
            None => pages::not_found(),
            Some(_) if !matches!(visitor, Visitor::Full { .. }) => pages::failure(&format!("You need to be {LOGIN} to submit this.")),
            Some(input) if input.verdict.is_some() => pages::failure("This input has been already given"),
            Some(input) => {
                input.verdict = Some(proceeds);
                StatusCode::OK.into_response()
            }
        }
    };
    site.bump();
    response
}
