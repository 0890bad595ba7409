//! Under which names the form may be asked for. A page of somebody else that has its name resolve to this computer is refused by that.

use pilothouse_engine::ports::FormSettings;
use std::net::{IpAddr, SocketAddr};

/// The form's own names.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    address: IpAddr,
    port: u16,
    /// Host and port of the address that testers use, as they stand in a request.
    public: Option<String>,
    /// Whether that is reached by HTTPS.
    pub(crate) is_secure: bool,
}

impl Site {
    /// The names of a form that listens on this port.
    pub(crate) fn new(settings: &FormSettings, listens: SocketAddr) -> Self {
        let public = settings.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, host)| host.to_ascii_lowercase());
        let is_secure = settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        Self { address: settings.address, port: listens.port(), public, is_secure }
    }

    /// Whether a `Host` is one of them.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if self.public.as_deref() == Some(host.as_str()) {
            return true;
        }
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        if port.parse() != Ok(self.port) {
            return false;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match bare.parse::<IpAddr>() {
            // No name, so that nobody can have it resolve to here.
            Ok(address) => {
                address == self.address || self.address.is_unspecified() || (address.is_loopback() && self.address.is_loopback())
            }
            Err(_) => name == "localhost" && (self.address.is_loopback() || self.address.is_unspecified()),
        }
    }

    /// Whether an `Origin` is one of them.
    pub(crate) fn is_origin(&self, origin: &str) -> bool {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| self.is_host(host))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn site(address: &str, public: Option<&str>) -> Site {
        let address: IpAddr = address.parse().unwrap();
        let settings = FormSettings { is_on: true, address, port: 8417, public_url: public.map(str::to_owned), trusted_proxy: None };
        Site::new(&settings, SocketAddr::new(address, 8417))
    }

    #[test]
    fn only_its_own_names_lead_to_it() {
        let local = site("127.0.0.1", None);
        for host in ["127.0.0.1:8417", "localhost:8417", "LocalHost:8417", "[::1]:8417"] {
            assert!(local.is_host(host), "{host}");
        }
        for host in
            ["127.0.0.1", "localhost", "127.0.0.1:80", "evil.example:8417", "localhost.evil.example:8417", "192.0.2.1:8417", "", ":8417"]
        {
            assert!(!local.is_host(host), "{host}");
        }
        let open = site("0.0.0.0", Some("https://uat.example.com"));
        for host in ["192.0.2.1:8417", "uat.example.com", "UAT.example.com", "localhost:8417"] {
            assert!(open.is_host(host), "{host}");
        }
        for host in ["uat.example.com:8417", "evil.example:8417", "uat.example.com.evil.example"] {
            assert!(!open.is_host(host), "{host}");
        }
        let one = site("192.0.2.1", None);
        assert!(one.is_host("192.0.2.1:8417") && !one.is_host("192.0.2.2:8417") && !one.is_host("localhost:8417"));
        assert!(open.is_origin("https://uat.example.com") && !open.is_origin("null") && !open.is_origin("https://evil.example"));
    }
}
