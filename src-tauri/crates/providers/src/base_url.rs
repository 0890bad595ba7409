//! Which base URLs a connection may have. The token goes to this address and to no other, so plain HTTP is allowed on this
//! machine alone.

use crate::failure::invalid;
use pilothouse_engine::ports::provider::ProviderError;
use reqwest::Url;

/// A base URL that may be called: `https` anywhere, `http` on this machine. No user, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    url: Url,
    text: String,
}

impl BaseUrl {
    /// Reads a base URL.
    pub(crate) fn parse(text: &str) -> Result<Self, ProviderError> {
        let example = "Write it as https://HOST, with the path where there is one: https://HOST/api/v3, https://HOST/jenkins.";
        let url = Url::parse(text.trim()).map_err(|error| invalid(format!("The base URL can't be read: {error}."), example))?;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(invalid("The base URL names no host.", example));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("The base URL holds a user name or password.", "Leave them out: the token is kept in the keychain."));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("The base URL holds a query or a fragment.", example));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => {
                return Err(invalid(
                    format!("The base URL would send the token to {host} unencrypted."),
                    "Write https:// instead of http://. Plain HTTP is allowed for this machine (127.0.0.1) only.",
                ));
            }
            other => return Err(invalid(format!("The base URL begins with {other}://, which is not HTTP."), example)),
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }

    /// The address of a path (with its query) below the base. `path` begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The address of a path (with its query) below the origin, without the base's own path. `path` begins with a slash.
    pub(crate) fn join_origin(&self, path: &str) -> String {
        format!("{}{path}", self.url.origin().ascii_serialization())
    }

    /// The host, with its port where one is given.
    pub(crate) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// True where the base is on this machine and not encrypted.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// True where an address has the base's scheme, host and port, so that the token may go there.
    pub(crate) fn is_same_origin(&self, other: &Url) -> bool {
        self.url.origin() == other.origin()
    }
}

/// True for `localhost`, `127.0.0.0/8` and `[::1]`.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_prefix_is_kept_with_and_without_a_trailing_slash() {
        for text in ["https://git.example.com/api/v3", "https://git.example.com/api/v3/"] {
            assert_eq!(BaseUrl::parse(text).unwrap().join("/user"), "https://git.example.com/api/v3/user");
        }
        assert_eq!(BaseUrl::parse("https://api.github.com").unwrap().join("/user?a=b"), "https://api.github.com/user?a=b");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9/x"] {
            assert!(BaseUrl::parse(good).unwrap().is_plain(), "{good}");
        }
        let refused = BaseUrl::parse("http://git.example.com/api/v3").unwrap_err();
        assert!(refused.message.contains("unencrypted") && refused.next_step.contains("https://"), "{refused:?}");
        for bad in ["http://127.0.0.1.evil.example", "ftp://x", "api.github.com", "https://me:pw@x.example", "https://x.example?a=1", ""] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_port_is_another_origin() {
        let base = BaseUrl::parse("http://127.0.0.1:80/api").unwrap();
        assert!(base.is_same_origin(&Url::parse("http://127.0.0.1/other").unwrap()));
        assert!(!base.is_same_origin(&Url::parse("http://127.0.0.1:81/api").unwrap()));
        assert!(!base.is_same_origin(&Url::parse("https://127.0.0.1:80/api").unwrap()));
    }
}
