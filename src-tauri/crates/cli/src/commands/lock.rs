//! `pilothouse lock`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{moment_or, table_or, word};
use clap::Subcommand;
use pilothouse_api::{ApiError, ErrorCode, LiftLockRequest, ListLocksRequest, LockStrengthWord, LockView, SetLockRequest};

#[derive(Debug, Subcommand)]
pub(crate) enum LockCommand {
    /// Close an environment, a whole product, or with --everything all of them
    Set {
        /// Product: name or id
        #[arg(required_unless_present = "everything")]
        product: Option<String>,
        /// Environment: name or id; without it, all of the product
        environment: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When it ends by itself: 2026-11-24T08:00:00+01:00
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Stop the line: every environment of every product
        #[arg(long, conflicts_with = "product")]
        everything: bool,
        /// Only warn: deployments go on
        #[arg(long)]
        warn: bool,
        /// Hotfixes go on in spite of it
        #[arg(long)]
        hotfixes_pass: bool,
    },
    /// Open what a lock closed
    Lift {
        /// The lock's id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// The locks that hold
    List {
        /// Only of this product: name or id
        product: Option<String>,
    },
}

pub(crate) async fn run(command: LockCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        LockCommand::Set { product, environment, reason, until, everything: _, warn, hotfixes_pass } => {
            let product = match product {
                Some(name) => Some(names::product(api, &name).await?),
                None => None,
            };
            let environment_id = match (&product, environment) {
                (Some(product), Some(name)) => Some(names::environment(product, &name)?.id),
                _ => None,
            };
            let product_id = product.map(|product| product.id);
            let strength = if warn { LockStrengthWord::Warns } else { LockStrengthWord::Stops };
            let lock = api.set_lock(SetLockRequest { product_id, environment_id, reason, until, strength, hotfixes_pass }).await?;
            session.screen.show(&lock, |lock| list(std::slice::from_ref(lock)));
        }
        LockCommand::Lift { id, reason } => {
            let lock = api.list_locks(ListLocksRequest::default()).await?.into_iter().find(|l| l.id == id);
            let Some(lock) = lock else {
                return Err(ApiError::new(
                    ErrorCode::NotFound,
                    format!("there is no lock {id}"),
                    "See `pilothouse lock list` for those that hold.",
                ));
            };
            api.lift_lock(LiftLockRequest { id, reason }).await?;
            session.screen.show(&lock, |lock| format!("Lifted the lock of {}.", place(lock)));
        }
        LockCommand::List { product } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            session.screen.show(&api.list_locks(ListLocksRequest { product_id }).await?, |locks| list(locks));
        }
    }
    Ok(Exit::Done)
}

fn place(lock: &LockView) -> String {
    match &lock.environment {
        Some(environment) => format!("{}/{environment}", lock.product),
        None => lock.product.clone(),
    }
}

fn list(locks: &[LockView]) -> String {
    let rows = locks.iter().map(|l| {
        vec![
            l.id.clone(),
            place(l),
            if l.hotfixes_pass { format!("{}, hotfixes pass", word(l.strength)) } else { word(l.strength) },
            l.by.clone(),
            moment_or(l.until.as_ref(), "until lifted"),
            l.reason.clone(),
        ]
    });
    table_or(&["ID", "PLACE", "STRENGTH", "BY", "UNTIL", "REASON"], rows.collect(), "No locks.")
}
