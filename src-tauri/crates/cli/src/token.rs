//! A token on its way in: from standard input, the environment, or a prompt that shows nothing. Never from an argument, which
//! everybody on the machine can read.

use pilothouse_api::{ApiError, Token};
use secrecy::SecretString;
use std::io::{self, IsTerminal as _, Read as _};

/// The environment variable that may hold a token.
pub(crate) const TOKEN_VAR: &str = "PILOTHOUSE_TOKEN";
/// The environment variable that may hold what belongs to a temporary token.
const SESSION_VAR: &str = "PILOTHOUSE_SESSION_TOKEN";
/// No token is longer.
const MAX_BYTES: u64 = 64 * 1024;

/// Where a token comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenSource {
    /// Read the token from standard input, instead of PILOTHOUSE_TOKEN or a prompt
    #[arg(long)]
    token_stdin: bool,
}

impl TokenSource {
    /// What belongs to a temporary token, from `PILOTHOUSE_SESSION_TOKEN`.
    pub(crate) fn session(&self) -> Option<Token> {
        from_environment(SESSION_VAR)
    }

    /// Reads it.
    pub(crate) fn read(&self) -> Result<Token, ApiError> {
        if self.token_stdin {
            return from_stdin().map(Token::from);
        }
        if let Some(token) = from_environment(TOKEN_VAR) {
            return Ok(token);
        }
        if !io::stdin().is_terminal() {
            return Err(missing());
        }
        let typed = rpassword::prompt_password("Token (not shown): ").map_err(|error| unreadable(&error))?;
        Ok(Token::from(SecretString::from(typed)))
    }
}

/// A secret that the environment holds.
pub(crate) fn from_environment(variable: &str) -> Option<Token> {
    std::env::var(variable).ok().filter(|token| !token.is_empty()).map(|token| Token::from(SecretString::from(token)))
}

fn from_stdin() -> Result<SecretString, ApiError> {
    let mut text = String::new();
    io::stdin().take(MAX_BYTES).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    let token = SecretString::from(text.trim().to_owned());
    secrecy::zeroize::Zeroize::zeroize(&mut text);
    Ok(token)
}

fn unreadable(error: &io::Error) -> ApiError {
    ApiError::invalid("token", format!("the token can't be read: {error}"), "Give it with --token-stdin, or in PILOTHOUSE_TOKEN.")
}

fn missing() -> ApiError {
    ApiError::invalid("token", "no token is given", "Give it with --token-stdin, in PILOTHOUSE_TOKEN, or at a terminal.")
}
