//! The proxy that a connection takes in place of the system's. Its address holds no password: that one comes from the keychain.

use super::fault;
use pilothouse_engine::ports::provider::NetworkFault;
use reqwest::{NoProxy, Proxy, Url};
use secrecy::{ExposeSecret, SecretString};

const FIELD: &str = "proxy";
const EXAMPLE: &str = "Write it as http://HOST:PORT; https://, socks5:// and socks5h:// (names looked up by the proxy) are possible too.";

/// The address of a proxy.
pub(super) fn read(text: &str) -> Result<Url, NetworkFault> {
    // No word of the library: the text may hold a password.
    let url = Url::parse(text.trim()).map_err(|_| fault(FIELD, "the proxy's address can't be read", EXAMPLE))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(fault(FIELD, "the proxy's address is of no kind that is known", EXAMPLE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            FIELD,
            "the proxy's address holds a user name or password",
            "Leave them out: the user has a field of its own, and the password goes to the keychain.",
        ));
    }
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if url.host_str().is_none_or(str::is_empty) || !is_bare {
        return Err(fault(FIELD, "the proxy's address is not that of a host alone", EXAMPLE));
    }
    Ok(url)
}

/// The proxy for a client. `NO_PROXY` holds for it as for the system's.
pub(super) fn build(address: &str, user: Option<&str>, password: Option<&SecretString>) -> Result<Proxy, NetworkFault> {
    let url = read(address)?;
    let proxy = Proxy::all(url).map_err(|_| fault(FIELD, "the proxy's address can't be used", EXAMPLE))?;
    let proxy = match user {
        Some(user) => proxy.basic_auth(user, password.map(ExposeSecret::expose_secret).unwrap_or_default()),
        None => proxy,
    };
    Ok(proxy.no_proxy(NoProxy::from_env()))
}
