//! Issues with their comments. GitHub's and GitLab's are two lists: each numbers its own.

use chrono::{DateTime, Utc};

const FIRST_ID: u64 = 2_410_000_001;
const FIRST_COMMENT: u64 = 1_820_000_001;

/// One issue.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// None while it is open.
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) comments: Vec<Comment>,
}

/// One comment.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) body: String,
    pub(crate) at: DateTime<Utc>,
}

/// An issue at the range's GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueView {
    /// Its number.
    pub number: u64,
    /// In a line.
    pub title: String,
    /// The whole.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// False once it is closed.
    pub is_open: bool,
    /// Its comments, oldest first.
    pub comments: Vec<String>,
}

impl IssueView {
    pub(crate) fn of(issue: &Issue) -> Self {
        Self {
            number: issue.number,
            title: issue.title.clone(),
            body: issue.body.clone().unwrap_or_default(),
            labels: issue.labels.clone(),
            is_open: issue.closed_at.is_none(),
            comments: issue.comments.iter().map(|comment| comment.body.clone()).collect(),
        }
    }
}

/// Which issues of a list, and in which order.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    /// `None` for both.
    pub(crate) open: Option<bool>,
    /// All of these labels.
    pub(crate) labels: Vec<String>,
    /// Changed then or later; whole seconds count.
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) by_change: bool,
    pub(crate) ascending: bool,
}

/// All issues of one provider, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Issues {
    all: Vec<Issue>,
    commented: u64,
}

impl Issues {
    pub(crate) fn add(&mut self, title: String, body: Option<String>, labels: Vec<String>) -> Issue {
        let (made, now) = (self.all.len() as u64, Utc::now());
        let (id, number) = (FIRST_ID + made, made + 1);
        let issue = Issue { id, number, title, body, labels, created_at: now, updated_at: now, closed_at: None, comments: Vec::new() };
        self.all.push(issue.clone());
        issue
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Issue> {
        self.all.iter().find(|issue| issue.number == number)
    }

    /// Changes an issue; `None`: there is none.
    pub(crate) fn change(&mut self, number: u64, change: impl FnOnce(&mut Issue)) -> Option<Issue> {
        let issue = self.all.iter_mut().find(|issue| issue.number == number)?;
        change(issue);
        issue.updated_at = Utc::now();
        Some(issue.clone())
    }

    pub(crate) fn comment(&mut self, number: u64, body: String) -> Option<(Issue, Comment)> {
        let comment = Comment { id: FIRST_COMMENT + self.commented, body, at: Utc::now() };
        let issue = self.change(number, |issue| issue.comments.push(comment.clone()))?;
        self.commented += 1;
        Some((issue, comment))
    }

    pub(crate) fn wished(&self, wish: &Wish) -> Vec<Issue> {
        let fits = |issue: &&Issue| {
            wish.open.is_none_or(|open| issue.closed_at.is_none() == open)
                && wish.labels.iter().all(|label| issue.labels.iter().any(|has| has.eq_ignore_ascii_case(label)))
                && wish.since.is_none_or(|since| issue.updated_at.timestamp() >= since.timestamp())
        };
        let mut found: Vec<Issue> = self.all.iter().filter(fits).cloned().collect();
        found.sort_by_key(|issue| if wish.by_change { issue.updated_at } else { issue.created_at });
        if !wish.ascending {
            found.reverse();
        }
        found
    }
}

impl Issue {
    /// Closes or opens it; what is so already stays.
    pub(crate) fn set_open(&mut self, open: bool) {
        self.closed_at = if open { None } else { self.closed_at.or_else(|| Some(Utc::now())) };
    }

    pub(crate) fn label(&mut self, labels: impl IntoIterator<Item = String>) {
        for label in labels {
            if !label.is_empty() && !self.labels.contains(&label) {
                self.labels.push(label);
            }
        }
    }
}
