//! The pages, without script: what is shown is escaped by the template, wherever it comes from. Must not read anything itself.

pub(crate) mod round;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use maud::{DOCTYPE, Markup, html};

/// The tokens of the design language, and the form's own style.
pub(crate) const STYLE: &str =
    concat!(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/lib/styles/tokens.css")), include_str!("pages/form.css"));

/// The mark, as a browser's tab shows it.
pub(crate) const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0f1c28" d="M0 0h24v24H0z"/><path fill="#8a9aa8" d="M2.6 6h5.1l.5 9H4.6zM16.3 6h5.1l-2 9h-3.6z"/><path fill="#f0bd5e" d="M9 6h6l-.4 9H9.4z"/><path fill="#e7edf2" d="M3.5 18h17v1.8h-17z"/></svg>"##;

/// A page that says one thing.
pub(crate) struct Notice<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    /// Where to go on.
    pub(crate) back: Option<&'a str>,
}

/// A page as an answer.
pub(crate) fn response(status: StatusCode, page: Markup) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string()).into_response()
}

/// A page that says one thing.
pub(crate) fn notice(status: StatusCode, notice: &Notice<'_>) -> Response {
    let Notice { title, text, back } = notice;
    let body = html! {
        div.card {
            h1 { (title) }
            p { (text) }
            @if let Some(back) = back { p { a.button href=(back) { "Back to the form" } } }
        }
    };
    response(status, layout(title, &body))
}

/// It can't be answered now.
pub(crate) fn unavailable() -> Response {
    let text = "The form can't answer right now. Try again in a minute; what you had sent before is kept.";
    notice(StatusCode::SERVICE_UNAVAILABLE, &Notice { title: "Try again in a minute", text, back: None })
}

pub(crate) fn layout(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – Pilothouse" }
                link rel="stylesheet" href="/form.css";
                link rel="icon" type="image/svg+xml" href="/mark.svg";
            }
            body {
                header.top { (mark()) span { "Pilothouse" } }
                main { (body) }
            }
        }
    }
}

/// The mark: three canted bridge windows above a sill, the middle one lit.
fn mark() -> Markup {
    html! {
        svg.mark width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" {
            path.sash d="M2.6 6h5.1l.5 9H4.6z" {}
            path.lit d="M9 6h6l-.4 9H9.4z" {}
            path.sash d="M16.3 6h5.1l-2 9h-3.6z" {}
            path.sill d="M3.5 18.8h17" {}
        }
    }
}
