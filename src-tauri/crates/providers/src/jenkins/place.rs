//! Where things are in a Jenkins: folders and jobs as names, and as addresses below the base URL. Each name is percent-encoded by
//! itself; a branch's job is called by the branch's name with its slash encoded, and so is encoded twice in an address.

use crate::failure::invalid;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use pilothouse_engine::ports::provider::ProviderError;

/// Everything but the unreserved characters (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The characters that no item's name may hold (`Jenkins.checkGoodName`): in the name of a branch's job they are encoded.
const BAD_IN_NAMES: &str = "?*/\\%!@#$^&|<>[]:;";
/// The longest full name that is taken, in bytes.
const LONGEST: usize = 2000;

/// The name of the root as a repository.
pub(super) const ROOT: &str = "/";

/// A folder or job by its names from the root on; the root has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    names: Vec<String>,
}

impl Place {
    /// The root of everything.
    pub(super) const fn root() -> Self {
        Self { names: Vec::new() }
    }

    /// A repository: a folder's full name, or `/`.
    pub(super) fn repository(full_name: &str) -> Result<Self, ProviderError> {
        if full_name == ROOT {
            return Ok(Self::root());
        }
        Self::root().below(full_name)
    }

    /// What has this full name below here: `checkout/deploy`.
    pub(super) fn below(&self, full_name: &str) -> Result<Self, ProviderError> {
        let is_good = |name: &str| !matches!(name, "" | "." | "..") && !name.chars().any(char::is_control);
        let names: Vec<&str> = full_name.split('/').collect();
        if full_name.len() > LONGEST || !names.iter().all(|name| is_good(name)) {
            return Err(invalid(
                format!("`{}` is no name of a folder or job.", full_name.escape_debug()),
                "Write it as Jenkins shows its full name, such as shop/checkout/deploy; the root is written as /.",
            ));
        }
        Ok(Self { names: self.names.iter().cloned().chain(names.into_iter().map(str::to_owned)).collect() })
    }

    /// The job of a branch or tag of the multibranch project that is here.
    pub(super) fn branch(&self, git_ref: &str) -> Result<Self, ProviderError> {
        if git_ref.is_empty() {
            return Err(invalid("No branch or tag is named.", "Choose the branch or tag whose job is to run."));
        }
        self.below(&branch_job(git_ref))
    }

    /// The address below the base URL, with a slash at its end: without one Jenkins answers with a redirect.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for name in &self.names {
            path.push_str("/job/");
            path.push_str(&encode(name));
        }
        path.push('/');
        path
    }

    /// The full name; `/` for the root.
    pub(super) fn full_name(&self) -> String {
        if self.names.is_empty() { ROOT.to_owned() } else { self.names.join("/") }
    }

    /// The folder or project that it is in; `None` for the root.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, names) = self.names.split_last()?;
        Some(Self { names: names.to_vec() })
    }

    /// The full name from a folder on; `None` where it isn't in there.
    pub(super) fn below_of(&self, folder: &Self) -> Option<String> {
        let rest = self.names.strip_prefix(folder.names.as_slice())?;
        (!rest.is_empty()).then(|| rest.join("/"))
    }

    /// The place and the build's number in an address of Jenkins, whatever host and context path it names; the number is `None`
    /// where the address is that of a job.
    pub(super) fn of_address(address: &str) -> Option<(Self, Option<u64>)> {
        let path = address.split(['?', '#']).next()?;
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let mut pieces = path[path.find("/job/")?..].split('/').filter(|piece| !piece.is_empty()).peekable();
        let mut names = Vec::new();
        while pieces.next_if_eq(&"job").is_some() {
            names.push(decode(pieces.next()?)?);
        }
        Some((Self { names }, pieces.next().and_then(|number| number.parse().ok())))
    }
}

/// What the job of a branch or tag is called.
pub(super) fn branch_job(git_ref: &str) -> String {
    let mut name = String::new();
    for c in git_ref.chars() {
        if BAD_IN_NAMES.contains(c) {
            name.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            name.push(c);
        }
    }
    name
}

/// The branch or tag of a job that is called so.
pub(super) fn branch_of(job: &str) -> String {
    decode(job).unwrap_or_else(|| job.to_owned())
}

/// Percent-encodes a whole value.
pub(super) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn names_become_addresses_and_branches_are_encoded_twice() {
        let folder = Place::repository("shop/check out").unwrap();
        assert_eq!(folder.path(), "/job/shop/job/check%20out/");
        let project = folder.below("deploy").unwrap();
        assert_eq!(project.branch("feature/x").unwrap().path(), "/job/shop/job/check%20out/job/deploy/job/feature%252Fx/");
        assert_eq!(project.branch("feature/x").unwrap().below_of(&folder).as_deref(), Some("deploy/feature%2Fx"));
        assert_eq!(branch_of("feature%2Fx"), "feature/x");
        assert_eq!(Place::repository("/").unwrap().path(), "/");
        assert_eq!(project.below_of(&Place::root()).as_deref(), Some("shop/check out/deploy"));
        assert_eq!(folder.below_of(&project), None);
    }

    #[test]
    fn a_name_can_not_leave_its_place() {
        for bad in ["", "a//b", "../admin", "a/..", ".", "a\nb", "/a", "a/"] {
            assert!(Place::repository(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Place::repository("a?b#c").unwrap().path(), "/job/a%3Fb%23c/");
        assert!(Place::root().branch("").is_err());
    }

    #[test]
    fn an_address_is_read_whatever_its_host_and_context_path() {
        let read = |address: &str| Place::of_address(address).map(|(place, number)| (place.full_name(), number));
        assert_eq!(read("https://inside:8443/jenkins/job/A/job/f%252Fx/12/"), Some(("A/f%2Fx".to_owned(), Some(12))));
        assert_eq!(read("/job/A/job/B/"), Some(("A/B".to_owned(), None)));
        assert_eq!(read("https://ci.example/queue/item/7/"), None);
    }
}
