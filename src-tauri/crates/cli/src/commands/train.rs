//! `pilothouse train`: release trains, which leave by timetable.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::table_or;
use clap::{Subcommand, ValueEnum};
use pilothouse_api::{
    ApiError, ErrorCode, IdRequest, ListOfProductRequest, PutTrainRequest, SkipDepartureRequest, StopDto, TrainBumpWord, TrainView,
    WithdrawRequest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// The release trains
    List {
        /// Only of this product: name or id
        #[arg(long)]
        product: Option<String>,
    },
    /// Departures of a train: the next, and what became of the last
    Show {
        /// Train: name or id
        train: String,
    },
    /// Add a train
    Add {
        /// Product: name or id
        product: String,
        /// Its name
        name: String,
        /// The branch whose newest commit it takes
        #[arg(long, value_name = "NAME", default_value = "main")]
        branch: String,
        /// Which number of the version it raises
        #[arg(long, value_enum, default_value = "as-commits-ask")]
        bump: BumpArgument,
        /// When it leaves first, on the clocks of the time zone: 2026-11-26T10:00
        #[arg(long, value_name = "TIME")]
        leaves: String,
        /// The time zone: Europe/Berlin
        #[arg(long, value_name = "ZONE")]
        zone: String,
        /// What repeats it (RFC 5545): FREQ=WEEKLY;BYDAY=TH
        #[arg(long, value_name = "RULE", default_value = "")]
        rule: String,
        /// A stop, ENVIRONMENT or ENVIRONMENT=MINUTES after the departure; may be given often
        #[arg(long, value_name = "STOP", required = true)]
        stop: Vec<String>,
        /// Minutes before a departure at which it is announced; 0: not at all
        #[arg(long, value_name = "MINUTES", default_value_t = 180)]
        notice: u32,
        /// Ask for approval at the departure
        #[arg(long)]
        asks_for_approval: bool,
    },
    /// Skip a departure to come
    Skip {
        /// Train: name or id
        train: String,
        /// The departure, as `train show --json` has it; without it, the next
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Let it take place after all
        #[arg(long)]
        take_back: bool,
    },
    /// Let a departure that asks take place now
    Depart {
        /// Train: name or id
        train: String,
    },
    /// Let a departure that asks stay
    Stay {
        /// Train: name or id
        train: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Let a train stand, or run again
    Stop {
        /// Train: name or id
        train: String,
        /// Let it run again
        #[arg(long)]
        run_again: bool,
    },
    /// Take a train away; what it has set on its way stays
    Withdraw {
        /// Train: name or id
        train: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BumpArgument {
    AsCommitsAsk,
    Major,
    Minor,
    Patch,
}

pub(crate) async fn run(command: TrainCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        TrainCommand::List { product } => {
            let product_id = match product {
                Some(name) => Some(names::product(api, &name).await?.id),
                None => None,
            };
            session.screen.show(&api.list_trains(ListOfProductRequest { product_id }).await?, |trains| list(trains));
        }
        TrainCommand::Show { train } => session.screen.show(&named(session, &train).await?, shown),
        TrainCommand::Add { product, name, branch, bump, leaves, zone, rule, stop, notice, asks_for_approval } => {
            let product = names::product(api, &product).await?;
            let mut stops = Vec::new();
            for stop in &stop {
                let (environment, minutes) = stop.rsplit_once('=').unwrap_or((stop, "0"));
                let after_minutes = minutes
                    .parse()
                    .map_err(|_| ApiError::invalid("stop", format!("`{minutes}` are no minutes"), "Write production=2880 for two days."))?;
                stops.push(StopDto { environment_id: names::environment(&product, environment)?.id, after_minutes });
            }
            let request = PutTrainRequest {
                id: None,
                revision: 0,
                product_id: product.id,
                name,
                branch,
                bump: bump.into(),
                leaves,
                time_zone: zone,
                rule,
                stops,
                notice_minutes: notice,
                asks_for_approval,
                is_enabled: true,
            };
            session.screen.show(&api.put_train(request).await?, shown);
        }
        TrainCommand::Skip { train, at, take_back } => {
            let train = named(session, &train).await?;
            let next = train.next.iter().find(|departure| departure.is_skipped == take_back).map(|departure| departure.at.clone());
            let at = at.or(next).ok_or_else(|| {
                ApiError::new(ErrorCode::NotFound, "no departure is to come", "See `pilothouse train show`, and name one.")
            })?;
            session.screen.show(&api.skip_departure(SkipDepartureRequest { id: train.id, at, is_skipped: !take_back }).await?, shown);
        }
        TrainCommand::Depart { train } => {
            let train = named(session, &train).await?;
            session.screen.show(&api.depart_now(IdRequest { id: train.id }).await?, shown);
        }
        TrainCommand::Stay { train, reason } => {
            let train = named(session, &train).await?;
            session.screen.show(&api.drop_departure(WithdrawRequest { id: train.id, reason }).await?, shown);
        }
        TrainCommand::Stop { train, run_again } => {
            let train = named(session, &train).await?;
            session.screen.show(&api.put_train(PutTrainRequest { is_enabled: run_again, ..as_it_is(train) }).await?, shown);
        }
        TrainCommand::Withdraw { train, reason } => {
            let train = named(session, &train).await?;
            api.withdraw_train(WithdrawRequest { id: train.id.clone(), reason }).await?;
            session.screen.show(&train, |train| format!("Withdrew “{}”.\n", train.name));
        }
    }
    Ok(Exit::Done)
}

fn as_it_is(train: TrainView) -> PutTrainRequest {
    PutTrainRequest {
        id: Some(train.id),
        revision: train.revision,
        product_id: train.product_id,
        name: train.name,
        branch: train.branch,
        bump: train.bump,
        leaves: train.leaves,
        time_zone: train.time_zone,
        rule: train.rule,
        stops: train
            .stops
            .into_iter()
            .map(|stop| StopDto { environment_id: stop.environment_id, after_minutes: stop.after_minutes })
            .collect(),
        notice_minutes: train.notice_minutes,
        asks_for_approval: train.asks_for_approval,
        is_enabled: train.is_enabled,
    }
}

async fn named(session: &Session<'_>, text: &str) -> Result<TrainView, ApiError> {
    let trains = session.api().list_trains(ListOfProductRequest::default()).await?;
    names::choose("train", text, trains, |train| (&train.id, &train.name))
}

fn list(trains: &[TrainView]) -> String {
    let rows = trains.iter().map(|train| {
        let next = train.next.iter().find(|departure| !departure.is_skipped).map(|departure| departure.words.clone());
        let state = match (train.asks, train.is_enabled) {
            (true, _) => "asks",
            (false, true) => "",
            (false, false) => "stands",
        };
        vec![train.product.clone(), train.name.clone(), train.branch.clone(), state.to_owned(), next.unwrap_or_default()]
    });
    table_or(&["PRODUCT", "NAME", "BRANCH", "STATE", "LEAVES NEXT"], rows.collect(), "No release trains.")
}

fn shown(train: &TrainView) -> String {
    let mut text = list(std::slice::from_ref(train));
    for stop in &train.stops {
        text.push_str(&format!("  {} {} min after the departure\n", stop.environment, stop.after_minutes));
    }
    for departure in &train.next {
        text.push_str(&format!("  {}{}\n", departure.words, if departure.is_skipped { ", skipped" } else { "" }));
    }
    for departure in &train.last {
        text.push_str(&format!("  {}: {}\n", departure.words, departure.told));
    }
    text
}

impl From<BumpArgument> for TrainBumpWord {
    fn from(argument: BumpArgument) -> Self {
        match argument {
            BumpArgument::AsCommitsAsk => Self::AsCommitsAsk,
            BumpArgument::Major => Self::Major,
            BumpArgument::Minor => Self::Minor,
            BumpArgument::Patch => Self::Patch,
        }
    }
}
