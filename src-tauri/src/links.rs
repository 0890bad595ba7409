//! Which links the window may open in the browser: web pages of the providers that are connected, nothing else.

use url::{Host, Url};

/// Why a link is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkRefused {
    /// It is no address of a web page.
    #[error("this is no address of a web page")]
    NotAPage,
    /// It leads to a host that no connection is about.
    #[error("{host} belongs to no connection")]
    UnknownHost {
        /// Where it leads.
        host: String,
    },
}

/// The link, if it is an `http` or `https` page without credentials on a host of one of these connections.
///
/// # Errors
/// [`LinkRefused`].
pub(crate) fn admit(link: &str, base_urls: &[String]) -> Result<Url, LinkRefused> {
    let url = Url::parse(link).map_err(|_| LinkRefused::NotAPage)?;
    let page = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let host = url.host().filter(|_| page).ok_or(LinkRefused::NotAPage)?;
    let known = base_urls.iter().filter_map(|base| Url::parse(base).ok()).any(|base| belongs(&url, &host, &base));
    if known { Ok(url) } else { Err(LinkRefused::UnknownHost { host: host.to_string() }) }
}

/// Where the API is in a domain of its own: that domain, and the one of its pages.
const CONSOLES: [(&str, &str); 3] = [
    (".amazonaws.com", "console.aws.amazon.com"),
    (".amazonaws.com.cn", "console.amazonaws.cn"),
    (".amazonaws.com", "console.amazonaws-us-gov.com"),
];

/// A console's own host, or a region's below it.
fn is_console(host: &str, console: &str) -> bool {
    host == console || host.strip_suffix(console).is_some_and(|region| region.ends_with('.'))
}

/// Pages are on the API's host, or (github.com) on that host without `api.`, or in a console of their own. Plain http only where the API itself speaks it.
fn belongs(url: &Url, host: &Host<&str>, base: &Url) -> bool {
    let Some(base_host) = base.host() else { return false };
    let encrypted = url.scheme() == "https" || base.scheme() == "http";
    let same = match (host, &base_host) {
        (Host::Domain(host), Host::Domain(base)) => {
            host == base
                || base.strip_prefix("api.") == Some(host)
                || CONSOLES.iter().any(|&(api, page)| base.ends_with(api) && is_console(host, page))
        }
        (host, base) => *host == *base,
    };
    encrypted && same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(link: &str) -> bool {
        let bases = [
            "https://api.github.com",
            "https://git.example.test/api/v3",
            "http://127.0.0.1:4711/api/v3",
            "https://codepipeline.eu-central-1.amazonaws.com",
        ];
        admit(link, &bases.map(str::to_owned)).is_ok()
    }

    #[test]
    fn pages_of_connected_providers_are_opened() {
        assert!(admitted("https://github.com/acme/checkout/actions/runs/7"));
        assert!(admitted("https://git.example.test/acme/checkout"));
        assert!(admitted("http://127.0.0.1:4713/"), "the practice range's other ports");
        assert!(admitted("https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/x/view"));
    }

    #[test]
    fn nothing_else_is() {
        for link in [
            "https://example.com/",
            "https://evil-console.aws.amazon.com/",
            "https://aws.amazon.com/",
            "https://github.com.example.com/",
            "https://gist.github.com/",
            "http://github.com/",
            "https://user:password@github.com/",
            "https://github.com@example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "ssh://github.com/",
            "github.com",
            "--help",
            "",
        ] {
            assert!(!admitted(link), "{link}");
        }
    }
}
