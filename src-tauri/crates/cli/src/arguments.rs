//! What may stand on the command line. Must not hold a secret: arguments are seen by everybody on the machine.

use crate::commands::{
    agent::AgentCommand, audit::AuditCommand, check::CheckCommand, checklist::ChecklistCommand, connection::ConnectionCommand,
    coordinate::CoordinateCommand, deployment::DeployCommand, deployment::DeploymentCommand, document::DocumentCommand,
    follow::FollowCommand, freeze::FreezeCommand, gate::GateCommand, hold::HoldCommand, incident::IncidentCommand, lock::LockCommand,
    metrics::MetricsCommand, pipeline::PipelineCommand, product::ProductCommand, record::BundleCommand, record::ReportCommand,
    release::ReleaseCommand, review::ReviewCommand, rollback::RollbackCommand, rollout::RolloutCommand, run::RunCommand,
    runbook::RunbookCommand, settings::ApplyArguments, settings::SettingsCommand, smoke::SmokeCommand, start::StartCommand,
    train::TrainCommand, training::TrainingCommand, uat::UatCommand, unplanned::UnplannedCommand,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Things go by their names where these are unique, or by their ids: a product `checkout`, a release `checkout@1.4.0`, an \
environment `production`.

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 blocked by policy, 4 provider unreachable.

Environment: PILOTHOUSE_DATA_DIR, the data folder. PILOTHOUSE_DATABASE_URL, a PostgreSQL database instead of the data folder's \
own. PILOTHOUSE_TOKEN, a token for `connection`. PILOTHOUSE_LOG, what is logged.";

/// Release management on the command line.
#[derive(Debug, Parser)]
#[command(name = "pilothouse", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct GlobalArguments {
    /// Print one JSON document on standard output; everything else goes to standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The data folder, instead of the platform's [env: PILOTHOUSE_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// In whose name it is done, instead of the account's
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Accounts at providers
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// What is released, with environments, pipelines and checks
    #[command(subcommand)]
    Product(ProductCommand),
    /// Show what a settings file would change, and apply it
    Apply(ApplyArguments),
    /// A product's settings as a file
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Versions on their way
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Deploy a release to an environment
    Deploy(DeployCommand),
    /// Deployments: how they go, and what they ask
    #[command(subcommand)]
    Deployment(DeploymentCommand),
    /// In which phases releases go out in an environment
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// What waits for a person at the providers
    #[command(subcommand)]
    Gate(GateCommand),
    /// Bring an earlier version back
    #[command(subcommand)]
    Rollback(RollbackCommand),
    /// Pipelines at a provider: list them, and start one by hand
    #[command(subcommand)]
    Pipeline(PipelineCommand),
    /// Runs at a provider, whoever started them
    #[command(subcommand)]
    Run(RunCommand),
    /// Hold pipelines and stages at a provider
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Freezes and change windows: when deployments may start, and overrides
    #[command(subcommand)]
    Freeze(FreezeCommand),
    /// Starts that are set for a time
    #[command(subcommand)]
    Start(StartCommand),
    /// Release trains, which leave by timetable
    #[command(subcommand)]
    Train(TrainCommand),
    /// Releases of several products that go out as one, and come back together
    #[command(subcommand)]
    Coordinate(CoordinateCommand),
    /// Close environments for deployments
    #[command(subcommand)]
    Lock(LockCommand),
    /// Health checks
    #[command(subcommand)]
    Check(CheckCommand),
    /// Checklists of releases: what is to be done before and after a deployment
    #[command(subcommand)]
    Checklist(ChecklistCommand),
    /// Smoke tests: run them, see what they say, import reports
    #[command(subcommand)]
    Smoke(SmokeCommand),
    /// User acceptance testing: rounds, testers, feedback, sign-off
    #[command(subcommand)]
    Uat(UatCommand),
    /// Documents of a product: what a release must update, what they say, who has read them
    #[command(subcommand)]
    Document(DocumentCommand),
    /// Training: courses, sessions, and who is trained for a release
    #[command(subcommand)]
    Training(TrainingCommand),
    /// Runbooks: write them, run them step by step, attach them to releases
    #[command(subcommand)]
    Runbook(RunbookCommand),
    /// Delivery metrics: lead time, frequency, failure rate, time to restore
    Metrics(MetricsCommand),
    /// Reviews of releases: how it went, what is to be done
    #[command(subcommand)]
    Review(ReviewCommand),
    /// The report of a release, as HTML or PDF
    Report(ReportCommand),
    /// The auditor's bundle of a release, and its verifier
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Periods of failing
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Runs that were started elsewhere, and why
    #[command(subcommand)]
    Unplanned(UnplannedCommand),
    /// Products by environments: what runs where, and how it is
    Overview,
    /// What waits for you
    Inbox,
    /// The tamper-evident record of everything that was done
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Who runs the engine, where the data lies, whether tokens can be kept
    Status,
    /// Run the engine and the health checks without a window, until Ctrl-C or SIGTERM
    Agent(AgentCommand),
    /// Print each change as it is made, one JSON object a line
    Follow(FollowCommand),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_token() {
        fn walk(command: &clap::Command, path: &str) {
            for argument in command.get_arguments() {
                let takes_value = argument.get_action().takes_values();
                let name = argument.get_id().as_str();
                assert!(
                    !(takes_value && (name.contains("token") || name.contains("password") || name.contains("url_file"))),
                    "{path} --{name}"
                );
            }
            for sub in command.get_subcommands() {
                walk(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        walk(&Arguments::command(), "pilothouse");
    }
}
