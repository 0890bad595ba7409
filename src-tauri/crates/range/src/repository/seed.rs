//! The history that the practice repository starts with: fixed people, dates and content, so that every range has the same
//! commits. It says what is in the repository; `mod.rs` makes it.

use std::fmt::Write as _;

/// Author and committer of seeded commits.
struct Person(&'static str, &'static str);

const NOOR: Person = Person("Noor Haddad", "noor.haddad@nordwind.example");
const JONAS: Person = Person("Jonas Weber", "jonas.weber@nordwind.example");
const MIRA: Person = Person("Mira Castellano", "mira.castellano@nordwind.example");

/// One seeded commit: who, the message, the file it touches and the lines it adds there.
struct Commit(&'static Person, &'static str, &'static str, &'static str);

/// What follows the commits before it.
enum Step {
    Commit(Commit),
    /// With a message: annotated. Without: lightweight.
    Tag(&'static str, Option<&'static str>),
    /// Work on another branch, started at the tip of main.
    Branch(&'static str, Commit),
}

use Step::{Branch, Commit as C, Tag};

const DEPLOY: &str = include_str!("files/deploy.yml");
const DEPLOY_V1_0: &str = include_str!("files/deploy-v1.0.yml");
const GITLAB_CI: &str = include_str!("files/gitlab-ci.yml");
const GITLAB_CI_V1_0: &str = include_str!("files/gitlab-ci-v1.0.yml");
const GITLAB_CI_PATH: &str = ".gitlab-ci.yml";
const ROLLBACK: &str = include_str!("files/rollback.yml");
const CI: &str = include_str!("files/ci.yml");
const README: &str = include_str!("files/README.md");
const SERVER: &str = include_str!("files/server.js");
const SCRIPT: &str = "#!/bin/sh\nset -eu\n# On the practice range its runner does what this script stands for.\n";
const DEPLOY_PATH: &str = ".github/workflows/deploy.yml";

/// Files of the first commit; `deploy.yml` still without the correlation input, as tag v1.0.0 keeps it.
const FIRST: &[(&str, &str)] = &[
    ("README.md", README),
    (DEPLOY_PATH, DEPLOY_V1_0),
    (GITLAB_CI_PATH, GITLAB_CI_V1_0),
    (".github/workflows/rollback.yml", ROLLBACK),
    (".github/workflows/ci.yml", CI),
    ("ci/build", SCRIPT),
    ("ci/test", SCRIPT),
    ("ci/find-image", SCRIPT),
    ("ci/deploy", SCRIPT),
    ("ci/smoke", SCRIPT),
    ("src/server.js", SERVER),
];

const STEPS: &[Step] = &[
    C(Commit(
        &JONAS,
        "feat(basket): price a basket line by line",
        "src/basket.js",
        "export const price = (lines) => lines.reduce((sum, l) => sum + l.cents * l.count, 0);\n",
    )),
    C(Commit(
        &MIRA,
        "feat: answer /healthz and /version",
        "src/status.js",
        "export const health = () => ({ status: 200, body: { status: \"ok\" } });\n",
    )),
    C(Commit(
        &JONAS,
        "test(basket): an empty basket costs nothing",
        "test/basket.test.js",
        "test(\"empty\", () => equal(price([]), 0));\n",
    )),
    Tag("v1.0.0", Some("checkout 1.0.0\n")),
    C(Commit(&NOOR, "ci(deploy): take a correlation input\n\nThe release tool finds its run again by it.", DEPLOY_PATH, "")),
    C(Commit(
        &MIRA,
        "fix(basket): round totals half to even (#12)",
        "src/basket.js",
        "export const round = (cents) => Math.round(cents / 2) * 2;\n",
    )),
    C(Commit(
        &JONAS,
        "feat(vouchers): accept percentage vouchers (#14)",
        "src/vouchers.js",
        "export const percentage = (cents, percent) => round(cents * (100 - percent) / 100);\n",
    )),
    C(Commit(&MIRA, "perf(tax): cache tax rates for a minute", "src/tax.js", "export const RATES_KEPT_MS = 60_000;\n")),
    Tag("v1.1.0", None),
    C(Commit(
        &JONAS,
        "feat(payments): retry a declined authorisation once (#19)",
        "src/payments.js",
        "export const AUTHORISATION_ATTEMPTS = 2;\n",
    )),
    C(Commit(
        &MIRA,
        "fix(vouchers): refuse an expired voucher (#21)",
        "src/vouchers.js",
        "export const expired = (voucher, now) => voucher.until < now;\n",
    )),
    C(Commit(&NOOR, "docs: say what /healthz means", "README.md", "\n`/healthz` asks the payment provider too.\n")),
    Branch(
        "feature/gift-cards",
        Commit(&JONAS, "feat(payments): take gift cards", "src/gift-cards.js", "export const balance = (card) => card.cents;\n"),
    ),
    Tag("v1.2.0", Some("checkout 1.2.0\n")),
    C(Commit(&MIRA, "feat(checkout): buy without an account (#24)", "src/guest.js", "export const guest = () => ({ account: null });\n")),
    C(Commit(
        &JONAS,
        "fix(payments): never charge twice after a time-out (#27)\n\nThe provider is asked with an idempotency key.",
        "src/payments.js",
        "export const key = (order) => `order-${order.id}`;\n",
    )),
    C(Commit(&MIRA, "perf(basket): price 200 lines in one pass", "src/basket.js", "export const PASSES = 1;\n")),
    C(Commit(&NOOR, "chore(deps): move to Node 22", "package.json", "{ \"type\": \"module\", \"engines\": { \"node\": \">=22\" } }\n")),
];

/// Epoch second of the first commit: 2026-01-05 08:00 UTC. Each further step is 26 hours later.
const START: i64 = 1_767_600_000;
const APART: i64 = 26 * 60 * 60;

/// The whole history as input of `git fast-import`.
pub(super) fn history() -> String {
    let mut stream = Stream::default();
    stream.commit("refs/heads/main", None, &NOOR, "chore: start the checkout service");
    for (path, content) in FIRST {
        stream.file(path, content);
    }
    for step in STEPS {
        stream.time += APART;
        match step {
            Step::Commit(commit) => stream.step("refs/heads/main", None, commit),
            Tag(name, Some(message)) => stream.annotated(name, message),
            Tag(name, None) => {
                let _ = write!(stream.text, "reset refs/tags/{name}\nfrom refs/heads/main\n\n");
            }
            Branch(name, commit) => stream.step(&format!("refs/heads/{name}"), Some("refs/heads/main"), commit),
        }
    }
    stream.text
}

#[derive(Default)]
struct Stream {
    text: String,
    time: i64,
    contents: std::collections::BTreeMap<&'static str, String>,
}

impl Stream {
    fn step(&mut self, reference: &str, from: Option<&str>, commit: &Commit) {
        let Commit(person, message, path, added) = commit;
        self.commit(reference, from, person, message);
        if *path != DEPLOY_PATH {
            return self.file(path, added);
        }
        // The one commit that rewrites files instead of adding to one.
        for (path, content) in [(DEPLOY_PATH, DEPLOY), (GITLAB_CI_PATH, GITLAB_CI)] {
            self.contents.remove(path);
            self.file(path, content);
        }
    }

    fn commit(&mut self, reference: &str, from: Option<&str>, person: &Person, message: &str) {
        let (Person(name, mail), time) = (person, START + self.time);
        let _ = write!(
            self.text,
            "commit {reference}\nauthor {name} <{mail}> {time} +0000\ncommitter {name} <{mail}> {time} +0000\ndata {}\n{message}\n",
            message.len()
        );
        if let Some(from) = from {
            let _ = writeln!(self.text, "from {from}");
        }
    }

    fn file(&mut self, path: &'static str, added: &str) {
        let content = self.contents.entry(path).or_default();
        content.push_str(added);
        let mode = if path.starts_with("ci/") { "100755" } else { "100644" };
        let _ = write!(self.text, "M {mode} inline {path}\ndata {}\n{content}\n", content.len());
    }

    fn annotated(&mut self, name: &str, message: &str) {
        let (Person(who, mail), time) = (&NOOR, START + self.time);
        let _ =
            write!(self.text, "tag {name}\nfrom refs/heads/main\ntagger {who} <{mail}> {time} +0000\ndata {}\n{message}\n", message.len());
    }
}
