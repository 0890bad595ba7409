//! `pilothouse freeze`: freezes, change windows, and overrides of them.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{moment, table_or};
use clap::Subcommand;
use pilothouse_api::{
    ApiError, CalendarWindowView, ErrorCode, ExportCalendarRequest, FreezeOverrideView, IdRequest, ImportCalendarRequest,
    ImportedCalendarView, OverrideFreezeRequest, PutCalendarWindowRequest, WindowEffectWord, WindowScopeDto, WindowTimesDto,
    WithdrawRequest,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum FreezeCommand {
    /// The freezes and change windows
    List,
    /// Add a freeze, or with --allow a change window
    Add {
        /// Its name
        name: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// When it begins, on the clocks of the time zone: 2026-12-20T00:00
        #[arg(long, value_name = "TIME")]
        begins: String,
        /// When it ends
        #[arg(long, value_name = "TIME")]
        ends: String,
        /// The time zone: Europe/Berlin
        #[arg(long, value_name = "ZONE")]
        zone: String,
        /// What repeats it (RFC 5545): FREQ=WEEKLY;BYDAY=FR
        #[arg(long, value_name = "RULE", default_value = "")]
        rule: String,
        /// An occurrence that doesn't take place, by its begin; may be given often
        #[arg(long, value_name = "TIME")]
        except: Vec<String>,
        /// Only this product: name or id
        #[arg(long)]
        product: Option<String>,
        /// Only this environment: of the product, or without one by its name in every product; may be given often with a product
        #[arg(long)]
        environment: Vec<String>,
        /// Whom to ask about it
        #[arg(long, value_name = "NAME", default_value = "")]
        owner: String,
        /// A change window: deployments start only while it is open
        #[arg(long)]
        allow: bool,
        /// Hotfixes go on in spite of it, or need not wait for it
        #[arg(long)]
        hotfixes_pass: bool,
    },
    /// Take a freeze or a change window away
    Withdraw {
        /// Its id, or its name
        window: String,
        /// Why; must be given while a freeze is active
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Let a release go to an environment in spite of what is closed there now; the freeze stays on
    Override {
        /// Release: product@version, version or id
        release: String,
        /// Environment: name or id
        environment: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When it ends by itself, within a week; without it, in 24 hours
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// The overrides for a release, last given first
    Overrides {
        /// Release: product@version, version or id
        release: String,
    },
    /// Take an override back; what has started stays started, and stays marked
    TakeBack {
        /// Release: product@version, version or id
        release: String,
        /// The override's id; without it, the one that holds
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Take a calendar file (.ics) as freezes, or with --allow as change windows
    Import {
        /// The file
        file: PathBuf,
        /// The time zone of times that tell none
        #[arg(long, value_name = "ZONE")]
        zone: String,
        /// Only this product: name or id
        #[arg(long)]
        product: Option<String>,
        /// Change windows in place of freezes
        #[arg(long)]
        allow: bool,
        /// Look only
        #[arg(long)]
        trial: bool,
    },
    /// Write the calendar as a file (.ics)
    Export {
        /// Where to
        file: PathBuf,
        /// Only what covers this product: name or id
        #[arg(long)]
        product: Option<String>,
    },
}

pub(crate) async fn run(command: FreezeCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        FreezeCommand::List => session.screen.show(&api.list_calendar_windows().await?, |windows| list(windows)),
        FreezeCommand::Add { name, reason, begins, ends, zone, rule, except, product, environment, owner, allow, hotfixes_pass } => {
            let request = PutCalendarWindowRequest {
                id: None,
                revision: 0,
                effect: effect(allow),
                name,
                reason,
                scope: scope(session, product, &environment).await?,
                times: WindowTimesDto { begins, ends, time_zone: zone, rule, except },
                owner,
                is_enabled: true,
                hotfixes_pass,
            };
            session.screen.show(&api.put_calendar_window(request).await?, |window| list(std::slice::from_ref(window)));
        }
        FreezeCommand::Withdraw { window, reason } => {
            let known = api.list_calendar_windows().await?;
            let mut named = known.into_iter().filter(|w| w.id == window || w.name == window);
            let (Some(found), None) = (named.next(), named.next()) else {
                let message = format!("there is not exactly one freeze or change window “{window}”");
                return Err(ApiError::new(ErrorCode::NotFound, message, "See `pilothouse freeze list`, and take its id."));
            };
            api.withdraw_calendar_window(WithdrawRequest { id: found.id.clone(), reason }).await?;
            session.screen.show(&found, |window| format!("Withdrew “{}”.\n", window.name));
        }
        FreezeCommand::Override { release, environment, reason, until } => {
            let release_id = names::release(api, &release).await?;
            let detail = api.get_release(IdRequest { id: release_id.clone() }).await?;
            let product = names::product(api, &detail.release.product_id).await?;
            let environment_id = names::environment(&product, &environment)?.id;
            let request = OverrideFreezeRequest { release_id, environment_id, reason, until };
            session.screen.show(&api.override_freeze(request).await?, overridden);
        }
        FreezeCommand::Overrides { release } => {
            let id = names::release(api, &release).await?;
            session.screen.show(&api.list_freeze_overrides(IdRequest { id }).await?, |given| overrides(given));
        }
        FreezeCommand::TakeBack { release, id, reason } => {
            let release = names::release(api, &release).await?;
            let known = api.list_freeze_overrides(IdRequest { id: release }).await?;
            let mut fits = known.into_iter().filter(|given| id.as_ref().map_or(given.holds, |id| given.id == *id));
            let (Some(found), None) = (fits.next(), fits.next()) else {
                let message = "not exactly one override of this release fits";
                return Err(ApiError::new(ErrorCode::NotFound, message, "See `pilothouse freeze overrides`, and take its id."));
            };
            let back = api.withdraw_freeze_override(WithdrawRequest { id: found.id, reason }).await?;
            session.screen.show(&back, |given| format!("Took back the override for {} in {}.\n", given.version, given.environment));
        }
        FreezeCommand::Import { file, zone, product, allow, trial } => {
            let text = std::fs::read_to_string(&file).map_err(|error| file_error(&file, &error))?;
            let scope = scope(session, product, &[]).await?;
            let request = ImportCalendarRequest { text, effect: effect(allow), scope, time_zone: zone, is_trial: trial };
            session.screen.show(&api.import_calendar(request).await?, imported);
        }
        FreezeCommand::Export { file, product } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            let (_, content) = api.export_calendar(ExportCalendarRequest { product_id }).await?;
            std::fs::write(&file, content).map_err(|error| file_error(&file, &error))?;
            session.screen.show(&file.display().to_string(), |path| format!("Written to {path}.\n"));
        }
    }
    Ok(Exit::Done)
}

fn file_error(file: &std::path::Path, error: &std::io::Error) -> ApiError {
    ApiError::invalid("file", format!("{}: {error}", file.display()), "Name a file that can be read, and a folder that can be written.")
}

const fn effect(allow: bool) -> WindowEffectWord {
    if allow { WindowEffectWord::Allow } else { WindowEffectWord::Deny }
}

async fn scope(session: &Session<'_>, product: Option<String>, environments: &[String]) -> Result<WindowScopeDto, ApiError> {
    let Some(product) = product else {
        return match environments {
            [] => Ok(WindowScopeDto::Everything),
            [environment] => Ok(WindowScopeDto::Named { environment: environment.clone() }),
            _ => {
                Err(ApiError::invalid("environment", "several environments need a product", "Add --product, or one window for each name."))
            }
        };
    };
    let product = names::product(session.api(), &product).await?;
    if environments.is_empty() {
        return Ok(WindowScopeDto::Product { product_id: product.id });
    }
    let environment_ids = environments.iter().map(|name| names::environment(&product, name).map(|e| e.id)).collect::<Result<_, _>>()?;
    Ok(WindowScopeDto::Environments { product_id: product.id, environment_ids })
}

fn list(windows: &[CalendarWindowView]) -> String {
    let rows = windows.iter().map(|w| {
        let what = if w.effect == WindowEffectWord::Deny { "freeze" } else { "change window" };
        let state = match (w.is_enabled, w.is_active) {
            (false, _) => "off",
            (true, true) => "active",
            (true, false) => "",
        };
        let next = w.next.as_ref().map_or_else(|| "over".to_owned(), |next| next.words.clone());
        vec![w.id.clone(), what.to_owned(), state.to_owned(), w.name.clone(), w.covers.clone(), next]
    });
    table_or(&["ID", "WHAT", "STATE", "NAME", "COVERS", "NOW OR NEXT"], rows.collect(), "No freezes and no change windows.")
}

fn overridden(given: &FreezeOverrideView) -> String {
    format!("{} may go to {} in spite of {} until {}.\n", given.version, given.environment, given.windows.join(", "), given.until)
}

fn overrides(given: &[FreezeOverrideView]) -> String {
    let rows = given.iter().map(|g| {
        let state = if g.holds { format!("until {}", moment(&g.until)) } else { "over".to_owned() };
        vec![g.id.clone(), g.environment.clone(), state, g.windows.join(", "), g.by.clone(), g.reason.clone()]
    });
    table_or(&["ID", "ENVIRONMENT", "HOLDS", "IN SPITE OF", "BY", "REASON"], rows.collect(), "No overrides.")
}

fn imported(report: &ImportedCalendarView) -> String {
    let (added, changed, same) = (report.added.len(), report.changed.len(), report.unchanged.len());
    let mut text = format!("{added} added, {changed} changed, {same} unchanged, {} not taken.\n", report.skipped.len());
    for skipped in &report.skipped {
        text.push_str(&format!("  {}: {}\n", skipped.name, skipped.reason));
    }
    text
}
