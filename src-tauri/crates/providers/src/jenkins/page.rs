//! Pages where data was expected: what an HTML page of Jenkins says, and whether one is a log-in page. Must not decide anything but
//! these two.

/// How much of a page is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;

/// What an error page says: the message of the servlet container, else its title. Not cleaned.
pub(super) fn words(page: &str) -> String {
    let page = head(page);
    let lower = page.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        let start = lower.find(open)? + open.len();
        let end = lower[start..].find(close)? + start;
        Some(text(&page[start..end])).filter(|words| !words.is_empty())
    };
    // Jetty's page, then the page of an oops, then any page.
    between("<th>message:</th><td>", "</td>")
        .or_else(|| between("<h2 class=\"error-title\">", "</h2>"))
        .or_else(|| between("<title>", "</title>"))
        .unwrap_or_default()
}

/// True where a page asks for a password or for another way to sign in.
pub(super) fn is_login(page: &str) -> bool {
    const SIGNS: &[&str] = &["type=\"password\"", "type='password'", "sign in", "log in", "login", "single sign-on", "samlrequest"];
    let page = head(page).to_ascii_lowercase();
    let is_page = page.contains("<html") || page.contains("<!doctype") || page.contains("<form");
    is_page && SIGNS.iter().any(|sign| page.contains(sign))
}

/// True where an address is that of a log-in page.
pub(super) fn is_login_address(address: &str) -> bool {
    const WORDS: &[&str] =
        &["login", "commencelogin", "signin", "sign-in", "sign_in", "sso", "saml", "saml2", "oauth", "oauth2", "authorize", "adfs", "auth"];
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let path = path.split_once("://").map_or(path.as_str(), |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    // A job may have any name.
    let is_jenkins = path.split('/').any(|piece| matches!(piece, "job" | "queue"));
    !is_jenkins && path.split('/').any(|piece| WORDS.contains(&piece))
}

/// True where a page says that Jenkins isn't up yet.
pub(super) fn is_getting_ready(page: &str) -> bool {
    let page = head(page).to_ascii_lowercase();
    page.contains("getting ready") || page.contains("jenkins is restarting")
}

fn head(page: &str) -> &str {
    let mut end = page.len().min(LOOKED_AT);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    &page[..end]
}

/// The text of a piece of HTML, without tags.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    unescape(out.trim())
}

/// Text whose five entities are taken back.
pub(super) fn unescape(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_gives_its_message() {
        let jetty = "<html><head><title>Error 403 Forbidden</title></head><body><table><tr><th>MESSAGE:</th><td>No valid crumb was \
                     included in the request</td></tr></table></body></html>";
        assert_eq!(words(jetty), "No valid crumb was included in the request");
        assert_eq!(words("<TITLE>Error 409 <b>a&#039;b</b> is not buildable</TITLE>"), "Error 409 a'b is not buildable");
        assert_eq!(words("plain"), "");
        assert_eq!(words("<title>"), "");
    }

    #[test]
    fn log_in_pages_are_told_by_their_address() {
        for yes in ["https://sso.example/adfs/ls?x=1", "/jenkins/login?from=%2F", "/securityRealm/commenceLogin", "https://x/oauth2/start"]
        {
            assert!(is_login_address(yes), "{yes}");
        }
        for no in ["https://login.example/job/x/", "/job/login/", "/queue/item/7/", "."] {
            assert!(!is_login_address(no), "{no}");
        }
    }
}
