//! Issues at a provider: what people write there, and what is written there from here. Texts are Markdown from outside: whoever shows one
//! sanitises it, and loads nothing that it names.

use pilothouse_domain::Timestamp;

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number in its repository.
    pub number: u64,
    /// In a line.
    pub title: String,
    /// The whole, Markdown; may be empty.
    pub body: String,
    /// Who wrote it: a login name.
    pub author: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// False once it is closed.
    pub is_open: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
    /// Its page.
    pub url: String,
}

/// Which issues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueSearch {
    /// Only those with this label; it holds no comma.
    pub label: Option<String>,
    /// Only those that changed at this moment or later, by the provider's clock.
    pub changed_since: Option<Timestamp>,
}

/// Issues, open and closed, in the order in which they last changed: the longest unchanged first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issues {
    /// Those that were read. Changes that are asked for are none of them.
    pub issues: Vec<Issue>,
    /// True where there are later ones that were not read.
    pub is_cut: bool,
}

/// An issue to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssue {
    /// In a line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// A comment on an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueComment {
    /// Its id there.
    pub external_id: String,
    /// Markdown.
    pub body: String,
}

/// A change of an issue. Making it twice is making it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueChange {
    /// Labels that it gets beside those that it has.
    pub add_labels: Vec<String>,
    /// Whether it is closed.
    pub close: bool,
}
