//! What a page sends, read within limits: no longer than allowed, no slower than allowed, and nothing of it before it is known to come from
//! a page of the form. Must not judge what it says.

use crate::admission::is_same;
use crate::limits::Limits;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use futures::{Stream, StreamExt as _};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use multer::{Field, Multipart};
use std::io;
use std::time::Duration;

/// The longest text in a field, in bytes; and the longest body without pictures.
const MAX_TEXT: usize = 64 * 1024;
/// The most fields.
const MAX_FIELDS: usize = 64;

/// What a page has sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    fields: Vec<(String, String)>,
    /// Names and contents.
    pub(crate) pictures: Vec<(String, Vec<u8>)>,
    /// How many pictures were too many or too large.
    pub(crate) left_out: usize,
}

/// Why it can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadFault {
    /// It is too long.
    TooLarge,
    /// It comes too slowly.
    TooSlow,
    /// It isn't what a form sends.
    Broken,
    /// It comes from somebody else's page.
    Forged,
}

impl Sent {
    /// The text of a field; empty where it wasn't sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str()).unwrap_or_default()
    }
}

/// Reads a form without files.
pub(crate) async fn fields(request: Request, limits: &Limits, csrf: &str) -> Result<Sent, UploadFault> {
    if !content_type(&request).starts_with("application/x-www-form-urlencoded") {
        return Err(UploadFault::Broken);
    }
    check_length(&request, MAX_TEXT as u64)?;
    let mut body = Box::pin(bounded(request.into_body(), MAX_TEXT as u64, limits.stall));
    let mut bytes = Vec::new();
    let read = async {
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| fault_of(&error))?);
        }
        Ok(())
    };
    in_time(limits.body, read).await?;
    let fields = url::form_urlencoded::parse(&bytes).take(MAX_FIELDS);
    let sent = Sent { fields: fields.map(|(name, text)| (name.into_owned(), text.into_owned())).collect(), ..Sent::default() };
    if is_same(sent.text("csrf"), csrf) { Ok(sent) } else { Err(UploadFault::Forged) }
}

/// Reads a form with pictures. Its first field has to show that it comes from a page of the form; otherwise the rest is not read.
pub(crate) async fn with_pictures(request: Request, limits: &Limits, csrf: &str) -> Result<Sent, UploadFault> {
    let boundary = multer::parse_boundary(content_type(&request)).map_err(|_| UploadFault::Broken)?;
    check_length(&request, limits.bytes)?;
    let body = bounded(request.into_body(), limits.bytes, limits.stall);
    in_time(limits.body, parts(Multipart::new(body, boundary), limits, csrf)).await
}

async fn parts(mut multipart: Multipart<'static>, limits: &Limits, csrf: &str) -> Result<Sent, UploadFault> {
    let mut sent = Sent::default();
    let mut is_own = false;
    for _ in 0..MAX_FIELDS {
        let Some(field) = multipart.next_field().await.map_err(|error| of_multer(&error))? else { return Ok(sent) };
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            None => {
                let (text, is_whole) = read(field, MAX_TEXT).await?;
                if !is_whole {
                    return Err(UploadFault::TooLarge);
                }
                let text = String::from_utf8_lossy(&text).into_owned();
                is_own = is_own || (name == "csrf" && is_same(&text, csrf));
                sent.fields.push((name, text));
            }
            // A file before anything is known of where it comes from.
            Some(_) if !is_own => return Err(UploadFault::Forged),
            Some(file) => {
                let has_room = sent.pictures.len() < limits.pictures;
                let (content, is_whole) = read(field, if has_room { limits.picture_bytes } else { 0 }).await?;
                match (is_whole, content.is_empty()) {
                    // A choice of files where none was chosen.
                    (true, true) => {}
                    (true, false) => sent.pictures.push((file, content)),
                    (false, _) => sent.left_out += 1,
                }
            }
        }
        if !is_own {
            return Err(UploadFault::Forged);
        }
    }
    Err(UploadFault::Broken)
}

/// A field's content, and whether that is the whole: what goes beyond `most` bytes is passed over.
async fn read(mut field: Field<'static>, most: usize) -> Result<(Vec<u8>, bool), UploadFault> {
    let mut content = Vec::new();
    let mut is_whole = true;
    while let Some(chunk) = field.chunk().await.map_err(|error| of_multer(&error))? {
        is_whole = is_whole && content.len() + chunk.len() <= most;
        if is_whole {
            content.extend_from_slice(&chunk);
        } else {
            content = Vec::new();
        }
    }
    Ok((content, is_whole))
}

fn content_type(request: &Request) -> &str {
    request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A body that says itself that it is too long is not read at all.
fn check_length(request: &Request, most: u64) -> Result<(), UploadFault> {
    let Some(length) = request.headers().get(CONTENT_LENGTH) else { return Ok(()) };
    let length: Option<u64> = length.to_str().ok().and_then(|text| text.parse().ok());
    if length.is_some_and(|length| length <= most) { Ok(()) } else { Err(UploadFault::TooLarge) }
}

/// The body, until it is longer than `most` bytes, or nothing comes for `stall`.
fn bounded(body: Body, most: u64, stall: Duration) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let state = (body.into_data_stream(), 0_u64);
    futures::stream::unfold(state, move |(mut chunks, so_far)| async move {
        let read = match tokio::time::timeout(stall, chunks.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => Ok(chunk),
            Ok(Some(Err(error))) => Err(io::Error::other(error)),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let so_far = so_far + read.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let read = if so_far > most { Err(io::ErrorKind::FileTooLarge.into()) } else { read };
        Some((read, (chunks, so_far)))
    })
}

async fn in_time<T>(most: Duration, work: impl Future<Output = Result<T, UploadFault>>) -> Result<T, UploadFault> {
    tokio::time::timeout(most, work).await.unwrap_or(Err(UploadFault::TooSlow))
}

fn fault_of(error: &io::Error) -> UploadFault {
    match error.kind() {
        io::ErrorKind::TimedOut => UploadFault::TooSlow,
        io::ErrorKind::FileTooLarge => UploadFault::TooLarge,
        _ => UploadFault::Broken,
    }
}

fn of_multer(error: &multer::Error) -> UploadFault {
    match error {
        multer::Error::StreamReadFailed(error) => error.downcast_ref().map_or(UploadFault::Broken, fault_of),
        _ => UploadFault::Broken,
    }
}
