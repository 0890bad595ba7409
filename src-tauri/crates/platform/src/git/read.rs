//! Reads what Git prints. Pure.

use pilothouse_domain::Timestamp;
use pilothouse_domain::changelog::Commit;
use pilothouse_domain::release::{SourceKind, SourceRef};

/// Whether a text is a commit's hash, or its beginning: at least seven hexadecimal digits.
pub(super) fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// Commits from `log -z --format=%H%x00%an%x00%ct%x00%B`: four fields each, all ended by NUL.
pub(super) fn commits(output: &[u8]) -> Vec<Commit> {
    let text = String::from_utf8_lossy(output);
    let fields: Vec<&str> = text.split('\0').collect();
    let read = fields.chunks_exact(4).map(|commit| {
        let seconds = commit[2].trim().parse::<i64>().ok();
        let at = seconds.and_then(|seconds| seconds.checked_mul(1_000_000)).and_then(Timestamp::from_micros);
        Commit::from_message(commit[0].trim().to_owned(), commit[3].trim_start(), commit[1].to_owned(), at)
    });
    read.filter(|commit| is_hash(&commit.sha)).collect()
}

/// Refs from `for-each-ref`: name, object, what that points at, and the kinds of both. What leads to no commit is left out. Tags
/// come by their short name, branches by their whole one.
pub(super) fn refs(output: &str, kind: SourceKind) -> Vec<SourceRef> {
    let read = output.lines().filter_map(|line| {
        let mut fields = line.split('\0');
        let (name, object, inner) = (fields.next()?, fields.next()?, fields.next()?);
        let commit = match (fields.next()?, fields.next()?) {
            ("commit", _) => object,
            ("tag", "commit") => inner,
            _ => return None,
        };
        let name = if kind == SourceKind::Tag { name.strip_prefix("refs/tags/")? } else { name };
        Some(SourceRef { kind, name: name.to_owned(), commit: commit.to_owned() })
    });
    read.collect()
}

/// `refs/remotes/origin/main` and `refs/heads/main` are the branch main; empty for what is none (`refs/remotes/origin/HEAD`).
pub(super) fn branch_name(full: &str) -> String {
    let name = match (full.strip_prefix("refs/heads/"), full.strip_prefix("refs/remotes/")) {
        (Some(name), _) => name,
        (_, Some(remote)) => remote.split_once('/').map_or("", |(_, name)| name),
        _ => "",
    };
    if name == "HEAD" { String::new() } else { name.to_owned() }
}

/// An address without the user and password that may stand in it.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}
