//! `pilothouse connection`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::network::{NetworkArguments, NetworkPart, shown};
use crate::session::Session;
use crate::text::{fields, moment, moment_or, table_or, word};
use crate::token::TokenSource;
use clap::Subcommand;
use pilothouse_api::{
    AddConnectionRequest, ConnectionCheck, ConnectionStatusWord, ConnectionView, EditNetworkRequest, IdRequest, RateLimitView,
    ReplaceTokenRequest, Token,
};
use secrecy::SecretString;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Add an account; its token goes to this computer's keychain and nowhere else
    Add {
        /// Its name
        name: String,
        /// Which provider: github, gitlab, jenkins, codepipeline
        #[arg(long, default_value = "github")]
        kind: String,
        /// The API's address, for a server of one's own: https://HOST/api/v3
        #[arg(long, value_name = "URL", default_value = "")]
        base_url: String,
        /// Who signs in: Jenkins's user id, the id of an AWS access key
        #[arg(long)]
        user: Option<String>,
        /// The AWS region
        #[arg(long)]
        region: Option<String>,
        /// The ARN of an AWS role to take on
        #[arg(long, value_name = "ARN")]
        role: Option<String>,
        /// A profile in AWS's own files, whose keys are read there at each use: no token is asked for
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        #[command(flatten)]
        token: TokenSource,
        #[command(flatten)]
        network: Box<NetworkArguments>,
    },
    /// Change how its server is reached: what isn't given stays
    Edit {
        /// Name or id
        connection: String,
        #[command(flatten)]
        network: Box<NetworkArguments>,
        /// What goes back to what the operating system has, or is forgotten
        #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
        reset: Vec<NetworkPart>,
    },
    /// All of them
    List,
    /// Ask the provider what the token may do
    Verify {
        /// Name or id
        connection: String,
    },
    /// Put another token in place of the old one
    ReplaceToken {
        /// Name or id
        connection: String,
        /// Who signs in with it, where that changes too: Jenkins's user id, the id of an AWS access key
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        token: TokenSource,
    },
    /// Take it away, and its token out of the keychain
    Remove {
        /// Name or id
        connection: String,
    },
}

pub(crate) async fn run(command: ConnectionCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    match command {
        ConnectionCommand::Add { name, kind, base_url, user, region, role, profile, token, network } => {
            let (token, session_token) = match &profile {
                Some(_) => (Token::from(SecretString::from("")), None),
                None => (token.read()?, token.session()),
            };
            let trusted_fingerprint = network.trust_fingerprint.clone();
            let network = Some(network.request(None, &[])?);
            let request = AddConnectionRequest {
                kind,
                name,
                base_url,
                user,
                region,
                role,
                profile,
                token,
                session_token,
                network,
                trusted_fingerprint,
            };
            session.screen.show(&api.add_connection(request).await?, checked);
        }
        ConnectionCommand::Edit { connection, network, reset } => {
            let view = names::connection(api, &connection).await?;
            let request = EditNetworkRequest {
                trusted_fingerprint: network.trust_fingerprint.clone(),
                forget_trusted: reset.contains(&NetworkPart::Fingerprint),
                network: network.request(Some(&view.network), &reset)?,
                id: view.id,
            };
            session.screen.show(&api.edit_network(request).await?, checked);
        }
        ConnectionCommand::List => session.screen.show(&api.list_connections().await?, |views| list(views)),
        ConnectionCommand::Verify { connection } => {
            let id = names::connection(api, &connection).await?.id;
            let check = api.verify_connection(IdRequest { id }).await?;
            session.screen.show(&check, checked);
            if matches!(check.connection.status, ConnectionStatusWord::Refused | ConnectionStatusWord::Limited) {
                return Ok(Exit::Failed);
            }
        }
        ConnectionCommand::ReplaceToken { connection, user, token } => {
            let id = names::connection(api, &connection).await?.id;
            let request = ReplaceTokenRequest { id, user, token: token.read()?, session_token: token.session() };
            let check = api.replace_token(request).await?;
            session.screen.show(&check, checked);
        }
        ConnectionCommand::Remove { connection } => {
            let view = names::connection(api, &connection).await?;
            api.remove_connection(IdRequest { id: view.id.clone() }).await?;
            session.screen.show(&view, |view| format!("Removed {}, and its token from the keychain.", view.name));
        }
    }
    Ok(Exit::Done)
}

fn checked(check: &ConnectionCheck) -> String {
    let view = &check.connection;
    let limit = view.budget.as_ref().or(check.rate_limit.as_ref()).map(budget);
    let mut text = format!("{}: {}\n", view.name, word(view.status));
    let mut lines = vec![
        ("id", view.id.clone()),
        ("provider", format!("{} at {}", view.kind_name, view.base_url)),
        ("account", view.login.clone().unwrap_or_default()),
        ("scopes", view.scopes.join(", ")),
        ("missing", view.missing.join(", ")),
        ("refused", view.reason.clone().unwrap_or_default()),
        ("expires", moment_or(view.expires_at.as_ref(), "")),
        ("calls", limit.unwrap_or_default()),
        ("user", view.user.clone().unwrap_or_default()),
        ("profile", view.profile.clone().unwrap_or_default()),
    ];
    lines.extend(shown(&view.network));
    text.push_str(&fields(&lines));
    text
}

fn budget(told: &RateLimitView) -> String {
    format!("{} of {} until {}", told.remaining, told.limit, moment(&told.resets_at))
}

fn list(views: &[ConnectionView]) -> String {
    let rows = views.iter().map(|v| {
        let note = v.reason.clone().unwrap_or_else(|| v.missing.join(", "));
        let calls = match (&v.paused_until, &v.budget) {
            (Some(until), _) => format!("none until {}", moment(until)),
            (None, told) => told.as_ref().map(budget).unwrap_or_default(),
        };
        let account = v.login.clone().unwrap_or_default();
        vec![v.name.clone(), word(v.status), account, v.base_url.clone(), calls, v.products.join(", "), note]
    });
    let empty = "No connections. Add one with `pilothouse connection add NAME`.";
    table_or(&["NAME", "STATUS", "ACCOUNT", "ADDRESS", "CALLS LEFT", "PRODUCTS", ""], rows.collect(), empty)
}
