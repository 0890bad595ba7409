//! The practice range, opened from the window: its providers and services in this process, and the connections and products that
//! the person practises on. Must not be reachable by another way than a real provider is: by an address and a token.

mod elsewhere;
mod fault;
mod product;
mod record;
mod view;

pub(crate) use fault::{ClearFaultRequest, OrderFaultRequest};
pub(crate) use view::{PracticeRangeState, PractiseOverRequest, ProtectRequest, PushCommitRequest};

use pilothouse_api::{AddConnectionRequest, Api, ApiError, ErrorCode, IdRequest, ReplaceTokenRequest, Token};
use pilothouse_range::{Push, Range, RangeError, RangeOptions};
use record::Record;
use secrecy::SecretString;
use std::path::Path;
use tokio::sync::Mutex;

/// The name of the connection: it must be plain everywhere that nothing real is behind it.
pub(crate) const NAME: &str = "Practice range";

/// Where the range's ports may begin. The plan of a range takes fewer than 30 of them; they stay the same from then on, so that the
/// addresses of connection and checks hold when it is opened again.
const PORT_BASES: [u16; 8] = [47_100, 47_150, 47_200, 47_250, 47_300, 47_350, 47_400, 47_450];

/// The range of this process, if one is open.
#[derive(Default)]
pub(crate) struct Practice(Mutex<Option<Open>>);

/// A range, and where its ports begin.
struct Open {
    port_base: u16,
    range: Range,
}

impl Practice {
    /// Opens the range, or takes the one that is open, and makes sure that it can be practised on.
    pub(crate) async fn open(&self, api: &Api, data: &Path) -> Result<PracticeRangeState, ApiError> {
        let mut open = self.0.lock().await;
        let mut record = Record::read(data).known_to(api).await?;
        let here = match open.take() {
            Some(here) => here,
            None => start(record.port_base).await?,
        };
        record.port_base = Some(here.port_base);
        let prepared = prepare(api, &here.range, &mut record).await;
        // What was made stands, even if a later step failed: the next attempt goes on from there.
        let kept = record.write(data);
        if let Err(error) = prepared.and(kept) {
            here.range.shutdown().await;
            return Err(error);
        }
        Ok(PracticeRangeState::of(Some(&open.insert(here).range), &record))
    }

    /// How it is.
    pub(crate) async fn state(&self, api: &Api, data: &Path) -> Result<PracticeRangeState, ApiError> {
        let record = Record::read(data).known_to(api).await?;
        Ok(PracticeRangeState::of(self.0.lock().await.as_ref().map(|open| &open.range), &record))
    }

    /// Ends it. Connection and product stay, and say that nobody answers.
    pub(crate) async fn close(&self) {
        if let Some(open) = self.0.lock().await.take() {
            open.range.shutdown().await;
        }
    }

    /// Connects another provider of the range, with a product that it deploys. Asked again, it takes those that are there.
    pub(crate) async fn practise_over(&self, api: &Api, data: &Path, request: PractiseOverRequest) -> Result<PracticeRangeState, ApiError> {
        let open = self.0.lock().await;
        let range = &open.as_ref().ok_or_else(closed)?.range;
        let mut record = Record::read(data).known_to(api).await?;
        let added = add(api, range, &mut record, &request.kind).await;
        // As above: what was made stands.
        let kept = record.write(data);
        added.and(kept)?;
        Ok(PracticeRangeState::of(Some(range), &record))
    }

    /// Orders a fault.
    pub(crate) async fn order(&self, request: OrderFaultRequest) -> Result<(), ApiError> {
        let open = self.0.lock().await;
        let order = request.into_order()?;
        open.as_ref().ok_or_else(closed)?.range.faults().order(order).map_err(refused)?;
        Ok(())
    }

    /// Has deployments to an environment wait for a person at each provider, or lets them pass.
    pub(crate) async fn protect(&self, request: ProtectRequest) -> Result<(), ApiError> {
        let open = self.0.lock().await;
        if open.as_ref().ok_or_else(closed)?.range.protect(&request.environment, request.is_protected) {
            return Ok(());
        }
        let message = format!("The practice range has no environment “{}”.", request.environment);
        Err(ApiError::new(ErrorCode::NotFound, message, "Choose one of its environments."))
    }

    /// Ends a fault, or all of them.
    pub(crate) async fn clear(&self, request: ClearFaultRequest) -> Result<(), ApiError> {
        let open = self.0.lock().await;
        let faults = open.as_ref().ok_or_else(closed)?.range.faults();
        match request.fault_id()? {
            Some(id) => {
                faults.clear(id);
            }
            None => faults.clear_all(),
        }
        Ok(())
    }

    /// Adds a commit to the repository, as a colleague would. The commit's hash.
    pub(crate) async fn push(&self, request: PushCommitRequest) -> Result<String, ApiError> {
        let open = self.0.lock().await;
        let push = Push { tag: request.tag.filter(|tag| !tag.is_empty()), ..Push::message(request.message) };
        open.as_ref().ok_or_else(closed)?.range.push(&push).await.map_err(refused)
    }
}

/// A range on the ports that it had before, else on the first free ones.
async fn start(had: Option<u16>) -> Result<Open, ApiError> {
    let bases = had.map_or_else(|| PORT_BASES.to_vec(), |base| vec![base]);
    let mut last = None;
    for base in bases {
        match Range::start(RangeOptions { port_base: Some(base), ..RangeOptions::default() }).await {
            Ok(range) => return Ok(Open { port_base: base, range }),
            Err(error @ RangeError::Port { .. }) => last = Some(error),
            Err(error) => return Err(refused(error)),
        }
    }
    let message = last.map_or_else(|| "no ports are free for the practice range".to_owned(), |error| error.to_string());
    Err(ApiError::new(
        ErrorCode::Conflict,
        format!("The practice range can't be opened: {message}"),
        "End the program that uses these ports (another practice range, perhaps). Or remove the practice product and its connection: a new range then takes other ports.",
    ))
}

/// Connection and product: those that are there already, else new ones. A new range has a new token.
async fn prepare(api: &Api, range: &Range, record: &mut Record) -> Result<(), ApiError> {
    let token = Token::from(SecretString::from(range.token()));
    let connection_id = match record.connection_id.clone() {
        Some(id) => api.replace_token(ReplaceTokenRequest { id, user: None, token, session_token: None }).await?.connection.id,
        None => {
            let request = AddConnectionRequest {
                kind: "github".to_owned(),
                name: NAME.to_owned(),
                base_url: range.github_url(),
                user: None,
                region: None,
                role: None,
                profile: None,
                session_token: None,
                network: None,
                trusted_fingerprint: None,
                token,
            };
            api.add_connection(request).await?.connection.id
        }
    };
    record.connection_id = Some(connection_id.clone());
    if record.product_id.is_none() {
        let product = product::suggested(api, range, connection_id).await?;
        record.product_id = api.add_product(product).await?.id;
    } else if let Some(id) = record.product_id.clone() {
        // Still there: asked so that a database that can't be read is told here, not later.
        api.get_product(IdRequest { id }).await?;
    }
    for other in elsewhere::others(range) {
        if let Some(made) = record.elsewhere.get(other.kind) {
            api.replace_token(other.replacement(made.connection_id.clone())).await?;
        }
    }
    Ok(())
}

/// Connection and product of another provider: those that are there already, else new ones.
async fn add(api: &Api, range: &Range, record: &mut Record, kind: &str) -> Result<(), ApiError> {
    let Some(other) = elsewhere::others(range).into_iter().find(|other| other.kind == kind) else {
        return Err(ApiError::new(ErrorCode::NotFound, format!("The practice range has no “{kind}”."), "Choose one of its providers."));
    };
    let source = record.connection_id.clone().ok_or_else(closed)?;
    let connection_id = match record.elsewhere.get(kind) {
        Some(made) => made.connection_id.clone(),
        None => api.add_connection(other.connection(NAME)).await?.connection.id,
    };
    let made = record.elsewhere.entry(kind.to_owned()).or_default();
    made.connection_id.clone_from(&connection_id);
    if made.product_id.is_none() {
        let source = if other.has_source { connection_id.clone() } else { source };
        let mut product = product::suggested(api, range, source).await?;
        other.deploys(&mut product, &connection_id);
        made.product_id = api.add_product(product).await?.id;
    }
    Ok(())
}

fn closed() -> ApiError {
    ApiError::new(ErrorCode::Conflict, "The practice range is not open.", "Open the practice range first.")
}

fn refused(error: RangeError) -> ApiError {
    match error {
        RangeError::Order(_) => ApiError::invalid("fault", error.to_string(), "Choose an environment, instance and number that exist."),
        RangeError::Push(_) => ApiError::invalid("message", error.to_string(), "Choose a tag that doesn't exist yet."),
        RangeError::GitMissing => ApiError::new(ErrorCode::Internal, error.to_string(), "Install git, then open the practice range again."),
        error => ApiError::new(
            ErrorCode::Internal,
            format!("The practice range can't do that: {error}"),
            "Try again. If it stays, the log file says more.",
        ),
    }
}
