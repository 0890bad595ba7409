//! From which address a request comes where a trusted proxy stands in front of the form. Nobody else is believed: anybody can write such a
//! header.

use http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// Whether a peer is the proxy that is trusted.
pub(crate) fn is_proxy(peer: IpAddr, proxy: Option<IpAddr>) -> bool {
    proxy.is_some_and(|proxy| proxy.to_canonical() == peer.to_canonical())
}

/// The address that a request comes from: the peer's; where that is the trusted proxy, the last one in `X-Forwarded-For`, which is the one
/// that the proxy has seen itself. What stands before that is whatever the client wrote.
pub(crate) fn origin(peer: IpAddr, proxy: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    if !is_proxy(peer, proxy) {
        return peer;
    }
    let told = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = told.and_then(|told| told.rsplit(',').next()).map(str::trim).unwrap_or_default();
    let bare = last.strip_prefix('[').and_then(|last| last.strip_suffix(']')).unwrap_or(last);
    let address = bare.parse::<IpAddr>().ok().or_else(|| bare.parse::<SocketAddr>().ok().map(|place| place.ip()));
    address.unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn of(peer: &str, proxy: Option<&str>, told: &[&str]) -> String {
        let name = http::HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append(name.clone(), value.parse().unwrap());
        }
        origin(peer.parse().unwrap(), proxy.map(|proxy| proxy.parse().unwrap()), &headers).to_string()
    }

    #[test]
    fn only_the_trusted_proxy_is_believed_and_only_what_it_has_seen() {
        assert_eq!(of("192.0.2.7", None, &["198.51.100.1"]), "192.0.2.7", "nobody is trusted unless somebody says so");
        assert_eq!(of("192.0.2.7", Some("192.0.2.8"), &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(of("192.0.2.8", Some("192.0.2.8"), &["203.0.113.9, 198.51.100.1"]), "198.51.100.1", "the first anybody can write");
        assert_eq!(of("192.0.2.8", Some("192.0.2.8"), &["203.0.113.9", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("::ffff:192.0.2.8", Some("192.0.2.8"), &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(of("::1", Some("::1"), &["[2001:db8::1]"]), "2001:db8::1");
        for nothing in [&[][..], &["unknown"], &[""], &["198.51.100.1,"]] {
            assert_eq!(of("192.0.2.8", Some("192.0.2.8"), nothing), "192.0.2.8", "{nothing:?}");
        }
    }
}
