//! Addresses of pages for people, from the address of the API.

use pilothouse_engine::ports::provider::SourcePage;

/// The page below `base`, which is `https://api.github.com`, `https://api.TENANT.ghe.com` or `https://HOST/api/v3`.
pub(super) fn address(base: &str, repository: &str, page: SourcePage<'_>) -> String {
    let base = base.trim_end_matches('/');
    let host = base.strip_suffix("/api/v3").map_or_else(|| base.replacen("://api.", "://", 1), str::to_owned);
    match page {
        SourcePage::Commit(sha) => format!("{host}/{repository}/commit/{sha}"),
        SourcePage::Comparison { base, head } => format!("{host}/{repository}/compare/{base}...{head}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_on_the_host_that_people_open() {
        let commit = |base| address(base, "acme/checkout", SourcePage::Commit("a41f9c2"));
        assert_eq!(commit("https://api.github.com"), "https://github.com/acme/checkout/commit/a41f9c2");
        assert_eq!(commit("https://api.acme.ghe.com"), "https://acme.ghe.com/acme/checkout/commit/a41f9c2");
        assert_eq!(commit("https://git.example.test/api/v3"), "https://git.example.test/acme/checkout/commit/a41f9c2");
        let compared = address("https://api.github.com", "acme/checkout", SourcePage::Comparison { base: "a", head: "b" });
        assert_eq!(compared, "https://github.com/acme/checkout/compare/a...b");
    }
}
