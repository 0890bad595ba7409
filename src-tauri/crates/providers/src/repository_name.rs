//! The full name of a repository, `owner/name`, checked before it becomes part of an address.

use crate::failure::invalid;
use pilothouse_engine::ports::provider::ProviderError;

/// Checks `owner/name`.
pub(crate) fn owner_and_name(repository: &str) -> Result<(&str, &str), ProviderError> {
    let good = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.len() <= 100
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    match repository.split_once('/') {
        Some((owner, name)) if good(owner) && good(name) => Ok((owner, name)),
        _ => Err(invalid(format!("`{repository}` is no repository name."), "Write it as owner/name, such as acme/shop.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owner_and_name_pass() {
        assert_eq!(owner_and_name("acme/shop.api"), Ok(("acme", "shop.api")));
        for bad in ["", "acme", "acme/", "/shop", "a/b/c", "../user", "acme/..", "acme/shop?x=1", "acme/sh op", "a/%2e"] {
            assert!(owner_and_name(bad).is_err(), "{bad}");
        }
    }
}
