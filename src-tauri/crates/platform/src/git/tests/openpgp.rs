//! Tags that were signed with OpenPGP, by a GnuPG with a home of its own; where there is none, a test says so and passes.

use super::*;

/// GnuPG with keys of its own, which ends with the bench.
struct Keys<'a> {
    bench: &'a Bench,
}

impl<'a> Keys<'a> {
    /// `None` where there is no GnuPG.
    fn of(bench: &'a Bench) -> Option<Self> {
        let home = bench.dir.path().join("home").join(".gnupg");
        fs::create_dir(&home).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let found = bench.command("gpg").arg("--version").output().is_ok_and(|output| output.status.success());
        found.then_some(Self { bench })
    }

    fn gpg(&self, arguments: &[&str]) -> String {
        let output =
            self.bench.command("gpg").args(["--batch", "--quiet", "--pinentry-mode", "loopback"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A key without a passphrase; its fingerprint.
    fn make(&self, whose: &str) -> String {
        self.gpg(&["--passphrase", "", "--quick-generate-key", whose, "ed25519", "sign", "never"]);
        let listed = self.gpg(&["--with-colons", "--list-keys", whose]);
        listed.lines().find_map(|line| line.strip_prefix("fpr:::::::::")).unwrap().trim_end_matches(':').to_owned()
    }
}

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        // The agent of this home alone.
        drop(self.bench.command("gpgconf").args(["--kill", "all"]).output());
    }
}

#[tokio::test]
async fn a_tag_signed_with_openpgp_is_good_bad_unknown_or_of_an_old_key() {
    let bench = Bench::new();
    let Some(keys) = Keys::of(&bench) else {
        println!("skipped: there is no gpg");
        return;
    };
    let fingerprint = keys.make("Mira Okafor <mira@example.com>");
    bench.sh(&["config", "--global", "user.signingkey", &fingerprint]);
    bench.sh(&["tag", "-s", "v2.0.0", "-m", "Checkout 2.0.0"]);
    let by = "Mira Okafor <mira@example.com>".to_owned();
    assert_eq!(bench.signature("v2.0.0").await, TagSignature::Good { by: by.clone(), key: fingerprint.clone() });

    // Known, and nobody has certified it.
    let trust = bench.dir.path().join("trust");
    fs::write(&trust, format!("{fingerprint}:2:\n")).unwrap();
    keys.gpg(&["--import-ownertrust", trust.to_str().unwrap()]);
    let unknown = bench.signature("v2.0.0").await;
    assert!(
        matches!(&unknown, TagSignature::Unknown { key, next_step } if *key == fingerprint && next_step.contains("sign-key")),
        "{unknown:?}"
    );

    // Changed since, and moved under another name.
    let tag = bench.sh(&["cat-file", "tag", "v2.0.0"]);
    let forged = bench.dir.path().join("forged");
    fs::write(&forged, format!("{}\n", tag.replace("Checkout 2.0.0", "Checkout 2.0.1"))).unwrap();
    let forged = bench.sh(&["hash-object", "-t", "tag", "-w", forged.to_str().unwrap()]);
    bench.sh(&["update-ref", "refs/tags/v2.0.0", &forged]);
    let bad = bench.signature("v2.0.0").await;
    assert!(matches!(&bad, TagSignature::Bad { reason } if reason.contains("Mira Okafor") && reason.contains("changed since")), "{bad:?}");

    // Somebody's key that isn't here.
    bench.sh(&["tag", "-s", "v2.1.0", "-m", "Checkout 2.1.0"]);
    keys.gpg(&["--yes", "--delete-secret-and-public-key", &fingerprint]);
    let absent = bench.signature("v2.1.0").await;
    assert!(
        matches!(&absent, TagSignature::Unknown { key, next_step } if fingerprint.ends_with(key) && next_step.contains("--import")),
        "{absent:?}"
    );
}
