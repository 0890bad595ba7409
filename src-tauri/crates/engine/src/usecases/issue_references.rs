//! Issues as people name them: by number, by `owner/name#12`, or by the address of their page. The connection that leads there follows.

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::provider::{Capability, SourcePage};
use pilothouse_domain::ConnectionId;
use pilothouse_domain::product::Product;

/// Where an issue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueReference {
    /// The connection.
    pub connection: ConnectionId,
    /// The repository.
    pub repository: String,
    /// Its number.
    pub number: u64,
}

/// How somebody has named an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    /// What stands before the repository in its address, without a slash at the end.
    host: Option<String>,
    repository: Option<String>,
    number: u64,
}

impl Engine {
    /// The issue that is meant: without an address it is one at the product's source.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for no name of an issue, or where no connection leads to its host.
    pub(super) async fn find_issue(&self, product: &Product, text: &str) -> Result<IssueReference, EngineError> {
        let next_step = "Paste the address of its page, or write its number, such as 12 or acme/shop#12.";
        let named = read(text).ok_or_else(|| EngineError::invalid("issue", "this names no issue", next_step))?;
        let repository = named.repository.unwrap_or_else(|| product.repository.clone());
        let Some(host) = named.host else {
            self.tracking_connection(product.connection_id).await?;
            return Ok(IssueReference { connection: product.connection_id, repository, number: named.number });
        };
        let mut connections = self.store().connections().await?;
        // The product's own first.
        connections.sort_by_key(|connection| connection.id != product.connection_id);
        for connection in connections.into_iter().filter(|one| self.capabilities(one.kind).has(Capability::Issues)) {
            let Ok(client) = self.client(&connection).await else { continue };
            // Below which address its pages are: a GitLab may have a path of its own.
            let page = client.page("a/b", SourcePage::Commit("0")).unwrap_or_default();
            let Some((base, _)) = page.split_once("/a/b/") else { continue };
            if let Some(repository) = below(&format!("{host}/{repository}"), base) {
                return Ok(IssueReference { connection: connection.id, repository: repository.to_owned(), number: named.number });
            }
        }
        let message = format!("no connection with a token on this computer leads to {host}");
        Err(EngineError::invalid("issue", message, "Connect it in the settings, or paste the text of the issue."))
    }
}

/// What stands below an address, whose host may be written in capitals.
fn below<'a>(address: &'a str, base: &str) -> Option<&'a str> {
    let (head, rest) = (address.get(..base.len())?, address.get(base.len()..)?);
    if head.eq_ignore_ascii_case(base) { rest.strip_prefix('/') } else { None }
}

fn read(text: &str) -> Option<Named> {
    let text = text.trim().trim_end_matches('/');
    let number = |word: &str| word.parse::<u64>().ok().filter(|number| *number > 0);
    if let Some(number) = number(text.trim_start_matches('#')) {
        return Some(Named { host: None, repository: None, number });
    }
    if !text.contains("://") {
        let (repository, word) = text.split_once('#')?;
        let is_path = repository.contains('/') && !repository.contains(char::is_whitespace);
        return is_path.then_some(()).and_then(|()| number(word)).map(|number| Named {
            host: None,
            repository: Some(repository.to_owned()),
            number,
        });
    }
    let (scheme, rest) = text.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?.trim_end_matches('/');
    let (authority, path) = rest.split_once('/')?;
    // GitLab: /group/project/-/issues/12, also with work_items; GitHub: /owner/name/issues/12.
    let (repository, word) = ["/-/issues/", "/-/work_items/", "/issues/"].iter().find_map(|middle| path.split_once(middle))?;
    let is_web = matches!(scheme, "http" | "https") && !authority.contains('@');
    let named = Named { host: Some(format!("{scheme}://{authority}")), repository: Some(repository.to_owned()), number: number(word)? };
    (is_web && repository.contains('/')).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_what_stands_below_the_address_of_a_connection() {
        assert_eq!(below("https://Git.example/root/a/b", "https://git.example/root"), Some("a/b"));
        assert_eq!(below("https://git.example.net/a/b", "https://git.example"), None);
        assert_eq!(below("https://git.example", "https://git.example/root"), None);
    }

    #[test]
    fn an_issue_is_named_in_many_ways() {
        let of = |host: Option<&str>, repository: Option<&str>| {
            Some(Named { host: host.map(str::to_owned), repository: repository.map(str::to_owned), number: 12 })
        };
        assert_eq!(read("12"), of(None, None));
        assert_eq!(read(" #12 "), of(None, None));
        assert_eq!(read("acme/shop#12"), of(None, Some("acme/shop")));
        assert_eq!(read("https://github.com/acme/shop/issues/12#issuecomment-3"), of(Some("https://github.com"), Some("acme/shop")));
        assert_eq!(read("https://git.example/a/b/c/-/issues/12?x=1"), of(Some("https://git.example"), Some("a/b/c")));
        assert_eq!(read("https://git.example/a/b/-/work_items/12/"), of(Some("https://git.example"), Some("a/b")));
        for bad in
            ["", "0", "shop#12", "acme/shop", "https://github.com/acme/shop/pull/12", "https://u@h/a/b/issues/12", "ftp://h/a/b/issues/1"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
