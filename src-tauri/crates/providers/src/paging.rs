//! Pages of a list, as the `Link` header names them (RFC 8288). Must not fetch anything.

use http::HeaderMap;

/// True where a `Link` header names a next page. The address itself is not used: pages are asked for by number, so that an answer
/// can't send us elsewhere.
pub(crate) fn has_next(headers: &HeaderMap) -> bool {
    headers
        .get_all(http::header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|link| link.split(';').skip(1).any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_next_page_is_seen_among_other_links() {
        let with = |link: &str| HeaderMap::from_iter([(http::header::LINK, link.parse().unwrap())]);
        assert!(has_next(&with("<https://h/x?page=1>; rel=\"prev\", <https://h/x?page=3>; rel=\"next\"")));
        assert!(!has_next(&with("<https://h/x?page=1>; rel=\"prev\", <https://h/x?page=9>; rel=\"last\"")));
        assert!(!has_next(&HeaderMap::new()));
    }
}
