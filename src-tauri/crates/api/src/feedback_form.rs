//! The feedback form on this computer: on or off, where, and what came of it; and how a link to it is shown.

use crate::Api;
use crate::error::ApiError;
use crate::status::EngineRole;
use pilothouse_engine::ports::form_book::{FormOutcome, FormServed, FormSettings};
use qrcode::{Color, EcLevel, QrCode};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

/// How long a change waits for whoever serves the form.
const PATIENCE: Duration = Duration::from_secs(4);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The feedback form on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FeedbackFormView {
    /// Whether it is turned on.
    pub is_on: bool,
    /// The address of this computer on which it listens.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Under which address testers reach it, where that is another.
    pub public_url: Option<String>,
    /// The proxy in front of it that is believed, where there is one.
    pub trusted_proxy: Option<String>,
    /// What links to it begin with.
    pub base_url: String,
    /// How it stands.
    pub state: FeedbackFormState,
    /// Why it can't be served, and what to do.
    pub problem: Option<String>,
    /// True where other computers can reach it by themselves.
    pub is_reachable: bool,
    /// This computer's address in its network, where it has one.
    pub network_address: Option<String>,
}

/// How the form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackFormState {
    /// It is turned off.
    Off,
    /// It answers.
    Listening,
    /// It can't be served.
    Failed,
    /// It is being turned on.
    Starting,
    /// Nobody runs the engine on this data: it answers once somebody does.
    NoEngine,
}

/// How the form is to be served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SetFeedbackFormRequest {
    /// Whether it is turned on.
    pub is_on: bool,
    /// An address of this computer; `0.0.0.0` for all of them.
    pub address: String,
    /// A port.
    pub port: u16,
    /// Under which address testers reach it, where that is another; without a path.
    pub public_url: Option<String>,
    /// The address of a proxy in front of it that is believed; none where nobody is.
    #[serde(default)]
    pub trusted_proxy: Option<String>,
}

/// A QR code as a path over squares of size 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QrView {
    /// How many squares each side has, with the quiet zone.
    pub size: u32,
    /// The dark squares, as the `d` of an SVG path.
    pub path: String,
}

impl Api {
    /// The feedback form on this computer.
    ///
    /// # Errors
    /// None so far.
    pub async fn feedback_form(&self) -> Result<FeedbackFormView, ApiError> {
        Ok(self.form_view())
    }

    /// Turns the form on or off, or changes where it is served; waits a moment for what comes of it.
    ///
    /// # Errors
    /// `invalid` for an address under which nobody could reach it.
    pub async fn set_feedback_form(&self, request: SetFeedbackFormRequest) -> Result<FeedbackFormView, ApiError> {
        let address = request.address.trim().parse().map_err(|_| {
            let message = format!("`{}` is no address of a computer", request.address.trim());
            ApiError::invalid("address", message, "Write an IP address, such as 127.0.0.1 for this computer alone.")
        })?;
        let proxy = request.trusted_proxy.as_deref().map(str::trim).filter(|proxy| !proxy.is_empty());
        let trusted_proxy = proxy.map(str::parse).transpose().map_err(|_| {
            let message = format!("`{}` is no address of a computer", proxy.unwrap_or_default());
            ApiError::invalid("trusted_proxy", message, "Write the IP address from which the proxy comes, such as 127.0.0.1.")
        })?;
        let settings = FormSettings { is_on: request.is_on, address, port: request.port, public_url: request.public_url, trusted_proxy };
        let settings = self.engine.set_feedback_form(&self.actor, settings).await?;
        let until = tokio::time::Instant::now() + PATIENCE;
        // What an earlier host wrote when it ended is not yet what this one says.
        let is_said = |served: FormServed| served.settings == settings && (!settings.is_on || served.outcome != FormOutcome::Stopped);
        let is_served = || self.engine.form_book().served().is_some_and(is_said);
        while !is_served() && self.host.engine.borrow().role != EngineRole::Stopped && tokio::time::Instant::now() < until {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(self.form_view())
    }

    fn form_view(&self) -> FeedbackFormView {
        let book = self.engine.form_book();
        let settings = book.settings();
        let is_run = self.host.engine.borrow().role != EngineRole::Stopped;
        let (state, problem) = state(&settings, book.served(), is_run);
        FeedbackFormView {
            is_on: settings.is_on,
            address: settings.address.to_string(),
            port: settings.port,
            base_url: settings.base_url(),
            state,
            problem,
            is_reachable: settings.is_reachable(),
            network_address: network_address().map(|address| address.to_string()),
            public_url: settings.public_url,
            trusted_proxy: settings.trusted_proxy.map(|proxy| proxy.to_string()),
        }
    }
}

fn state(settings: &FormSettings, served: Option<FormServed>, is_run: bool) -> (FeedbackFormState, Option<String>) {
    if !settings.is_on {
        return (FeedbackFormState::Off, None);
    }
    if !is_run {
        return (
            FeedbackFormState::NoEngine,
            Some("Open Pilothouse, or start `pilothouse agent`: whoever runs the engine serves it.".to_owned()),
        );
    }
    match served.filter(|served| served.settings == *settings).map(|served| served.outcome) {
        Some(FormOutcome::Listening { .. }) => (FeedbackFormState::Listening, None),
        Some(FormOutcome::Failed { reason }) => (FeedbackFormState::Failed, Some(reason)),
        Some(FormOutcome::Stopped) | None => (FeedbackFormState::Starting, None),
    }
}

/// The address with which this computer would speak to others. Nothing is sent: an address is only chosen.
fn network_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // TEST-NET-1 (RFC 5737): nobody is there.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

/// The QR code of a link; `None` for what is too long for one.
pub(crate) fn qr(link: &str) -> Option<QrView> {
    /// Empty squares around the code, as ISO/IEC 18004 asks for.
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
    }
    Some(QrView { size: u32::try_from(width + 2 * QUIET).ok()?, path })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn how_the_form_stands_is_told_by_who_serves_it() {
        let off = FormSettings::default();
        let on = FormSettings { is_on: true, ..off.clone() };
        let served = |outcome| Some(FormServed { settings: on.clone(), outcome });
        assert_eq!(state(&off, served(FormOutcome::Listening { port: 1 }), true).0, FeedbackFormState::Off);
        assert_eq!(state(&on, served(FormOutcome::Listening { port: 1 }), false).0, FeedbackFormState::NoEngine);
        assert_eq!(state(&on, served(FormOutcome::Listening { port: 1 }), true).0, FeedbackFormState::Listening);
        assert_eq!(state(&on, None, true).0, FeedbackFormState::Starting);
        let failed = state(&on, served(FormOutcome::Failed { reason: "taken".into() }), true);
        assert_eq!(failed, (FeedbackFormState::Failed, Some("taken".into())));
        let other = FormSettings { port: 9, ..on.clone() };
        assert_eq!(state(&other, served(FormOutcome::Listening { port: 1 }), true).0, FeedbackFormState::Starting, "that was before");
    }

    #[test]
    fn a_link_becomes_squares() {
        let qr = qr("http://127.0.0.1:8417/i/0199/abc").unwrap();
        // A finder pattern begins in the upper left corner, within the quiet zone.
        assert!(qr.size >= 21 + 8 && qr.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{}", qr.size);
        assert!(super::qr(&"x".repeat(5_000)).is_none());
    }
}
