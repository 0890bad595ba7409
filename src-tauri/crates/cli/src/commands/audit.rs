//! `pilothouse audit`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::session::Session;
use crate::text::{moment, table_or};
use crate::{input, names};
use clap::Subcommand;
use pilothouse_api::{AuditEventView, AuditPageRequest, ChainHeadDto, ChainReportView, VerifyAuditRequest};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// What was done, newest first
    List {
        /// Only of this product: name or id
        #[arg(long, value_name = "NAME")]
        product: Option<String>,
        /// Only about the thing with this id
        #[arg(long, value_name = "ID")]
        subject: Option<String>,
        /// Only before this number
        #[arg(long, value_name = "N")]
        before: Option<u32>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Verify the whole chain and the signatures of all approvals; fails where something was edited, cut or reordered
    Verify {
        /// Against a head that was kept elsewhere, as `audit head --json` prints it; - for standard input
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
    },
    /// The head of the chain: keep it elsewhere, and a cut tail shows later
    Head,
}

pub(crate) async fn run(command: AuditCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        AuditCommand::List { product, subject, before, limit } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            let page = api.audit_page(AuditPageRequest { product_id, subject_id: subject, before, limit }).await?;
            session.screen.show(&page, |events| list(events));
        }
        AuditCommand::Verify { head } => {
            let kept_head: Option<ChainHeadDto> = head.as_deref().map(input::json).transpose()?;
            let report = api.verify_audit(VerifyAuditRequest { kept_head }).await?;
            session.screen.show(&report, report_text);
            let is_sound = report.fault.is_none() && report.approvals.faults.is_empty();
            return Ok(if is_sound { Exit::Done } else { Exit::Failed });
        }
        AuditCommand::Head => session.screen.show(&api.audit_head().await?, |head| format!("{} {}", head.seq, head.hash)),
    }
    Ok(Exit::Done)
}

fn list(events: &[AuditEventView]) -> String {
    let rows = events.iter().map(|e| vec![e.seq.to_string(), moment(&e.at), e.actor.clone(), e.action.clone(), e.summary.clone()]);
    table_or(&["#", "WHEN", "WHO", "WHAT", ""], rows.collect(), "Nothing was done yet.")
}

fn report_text(report: &ChainReportView) -> String {
    let mut lines = Vec::new();
    if let Some(fault) = &report.fault {
        lines.push(format!("The chain is broken: {}.", fault.message));
    }
    lines.extend(report.approvals.faults.iter().map(|fault| format!("An approval was tampered with: {}.", fault.message)));
    lines.push(format!("{} events are sound, up to {}", report.verified.seq, report.verified.hash));
    lines.push(approvals_text(report.approvals.signed, report.approvals.unsigned));
    lines.join("\n")
}

fn approvals_text(signed: u32, unsigned: u32) -> String {
    let signed = match signed {
        1 => "1 approval carries a signature that fits".to_owned(),
        n => format!("{n} approvals carry signatures that fit"),
    };
    match unsigned {
        0 => signed,
        1 => format!("{signed}; 1 is unsigned, from before approvals were signed"),
        n => format!("{signed}; {n} are unsigned, from before approvals were signed"),
    }
}
