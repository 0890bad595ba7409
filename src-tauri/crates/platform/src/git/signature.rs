//! Whether a tag's signature holds. Git asks `gpg` or `ssh-keygen`; which programs, and whose keys are trusted, is taken from this
//! person's own settings and never from the clone's: there it could name a program of its own, or trust whomever it likes.

use super::run::{Output, Runner, refused};
use pilothouse_engine::ports::local_git::{LocalGitError, TagSignature};
use std::path::Path;

/// Settings that name programs or trust, with their kind and what they are where nobody has set them.
const OWN: [(&str, &str, &str); 7] = [
    ("--no-type", "gpg.program", "gpg"),
    ("--no-type", "gpg.openpgp.program", "gpg"),
    ("--no-type", "gpg.x509.program", "gpgsm"),
    ("--no-type", "gpg.ssh.program", "ssh-keygen"),
    ("--type=path", "gpg.ssh.allowedSignersFile", NOBODY),
    ("--type=path", "gpg.ssh.revocationFile", NOBODY),
    ("--no-type", "gpg.minTrustLevel", "undefined"),
];

/// A file that names no signer, and no revoked key.
const NOBODY: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// How a tag is signed.
pub(super) async fn of_tag(runner: &Runner, clone: &Path, tag: &str) -> Result<TagSignature, LocalGitError> {
    let name = format!("refs/tags/{tag}");
    let kind = runner.must(clone, &["cat-file", "-t", &name]).await?;
    if kind.text().trim() != "tag" {
        return Ok(TagSignature::Lightweight);
    }
    let object = runner.must(clone, &["cat-file", "tag", &name]).await?.text();
    let Some(format) = format_of(&object) else { return Ok(TagSignature::Unsigned) };
    // The signature is about the name in the object: under another one, a tag of old would pass for a new one.
    let signed_name = object.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("tag "));
    if signed_name != Some(tag) {
        return Ok(TagSignature::Bad { reason: format!("it was signed as {}, not as {tag}.", signed_name.unwrap_or("no tag")) });
    }
    let settings = own_settings(runner).await?;
    let output = runner.run_with(clone, &settings, &["verify-tag", "--raw", &name]).await?;
    Ok(match format {
        Format::Ssh => ssh(&output),
        Format::OpenPgp => openpgp(&output),
    })
}

#[derive(Clone, Copy)]
enum Format {
    Ssh,
    /// Also X.509, which tells in the same words.
    OpenPgp,
}

fn format_of(object: &str) -> Option<Format> {
    object.lines().find_map(|line| match line {
        "-----BEGIN SSH SIGNATURE-----" => Some(Format::Ssh),
        "-----BEGIN PGP SIGNATURE-----" | "-----BEGIN PGP MESSAGE-----" | "-----BEGIN SIGNED MESSAGE-----" => Some(Format::OpenPgp),
        _ => None,
    })
}

async fn own_settings(runner: &Runner) -> Result<Vec<String>, LocalGitError> {
    let mut settings = Vec::new();
    for (kind, key, default) in OWN {
        let value = runner.own_setting(kind, key).await?.unwrap_or_else(|| default.to_owned());
        if value.contains(['\n', '\0']) {
            return Err(refused(format!("The setting {key} holds a line break."), format!("Correct it with `git config --global {key}`.")));
        }
        settings.push(format!("{key}={value}"));
    }
    Ok(settings)
}

/// The words of `ssh-keygen -Y verify`.
fn ssh(output: &Output) -> TagSignature {
    let words = || output.words.lines().map(str::trim);
    let good = words().find_map(|line| line.strip_prefix("Good \"git\" signature "));
    let revoked = words().any(|line| line.to_ascii_lowercase().contains("revoked"));
    match good.and_then(|rest| rest.rsplit_once("with ")) {
        Some((whom, key)) if output.succeeded && whom.starts_with("for ") && !revoked => {
            TagSignature::Good { by: whom.trim_start_matches("for ").trim().to_owned(), key: key.to_owned() }
        }
        _ if revoked => TagSignature::Bad { reason: "its key is revoked.".to_owned() },
        Some((_, key)) => TagSignature::Unknown {
            key: key.to_owned(),
            next_step: "If you know whose key it is, add it to your allowed signers: `git config --global gpg.ssh.allowedSignersFile` \
                        names that file."
                .to_owned(),
        },
        None => failed(output),
    }
}

/// The status lines of GnuPG (`doc/DETAILS` of its source).
fn openpgp(output: &Output) -> TagSignature {
    let status = |word: &str| {
        let lines = output.words.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
        lines
            .filter_map(|line| line.strip_prefix(word))
            .find(|rest| rest.is_empty() || rest.starts_with(' '))
            .map(|rest| rest.trim().to_owned())
    };
    let signer = |rest: String| rest.split_once(' ').map_or(rest.clone(), |(_, name)| name.to_owned());
    if let Some(rest) = status("BADSIG") {
        return TagSignature::Bad { reason: format!("what was signed with the key of {} was changed since.", signer(rest)) };
    }
    for (word, what) in [("REVKEYSIG", "revoked"), ("EXPKEYSIG", "expired"), ("EXPSIG", "expired")] {
        if let Some(rest) = status(word) {
            return TagSignature::Bad { reason: format!("the key of {} is {what}.", signer(rest)) };
        }
    }
    let key = || status("VALIDSIG").and_then(|rest| rest.split(' ').next().map(str::to_owned)).unwrap_or_default();
    if let Some(rest) = status("GOODSIG") {
        let trusted = ["TRUST_ULTIMATE", "TRUST_FULLY", "TRUST_MARGINAL"].iter().any(|word| status(word).is_some());
        let by = signer(rest);
        if trusted && output.succeeded {
            return TagSignature::Good { by, key: key() };
        }
        let next_step =
            format!("The key says that it is of {by}, and nobody you trust has certified it. Check it, then sign it: `gpg --sign-key`.");
        return TagSignature::Unknown { key: key(), next_step };
    }
    match status("NO_PUBKEY").or_else(|| status("ERRSIG")) {
        Some(rest) => TagSignature::Unknown {
            key: rest.split(' ').next().unwrap_or_default().to_owned(),
            next_step: "Import the key of whoever signs releases with `gpg --import`, and check whose it is.".to_owned(),
        },
        None => failed(output),
    }
}

/// Neither good nor of an unknown key: wrong, or what checks it isn't there.
fn failed(output: &Output) -> TagSignature {
    let told: Vec<&str> = output.words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("warning:")).collect();
    let words = told.join("\n");
    let is_absent = ["cannot run", "No such file", "not found", "couldn't create"].iter().any(|absent| words.contains(absent));
    let reason = told.first().map_or("Git gave no reason", |line| line.trim_start_matches("error: ")).to_owned();
    if is_absent { TagSignature::Unchecked { reason } } else { TagSignature::Bad { reason } }
}
