//! axe-core in the page: it judges accessibility, and tells roles and names as assistive technology sees them.

use super::page::Page;
use super::surroundings::root;
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The rules that hold: WCAG 2.2 A and AA, and axe's best practices.
const RUN: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const fades = document.getAnimations().filter((each) => Number.isFinite(each.effect?.getComputedTiming().endTime));
Promise.allSettled(fades.map((each) => each.finished)).then(() => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })).then(
  ({ violations, passes }) => done({
    passes: passes.length,
    violations: violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`) })),
  }),
  (error) => done({ passes: 0, violations: [{ id: 'axe', help: String(error), nodes: [] }] }),
);
"#;

#[derive(Deserialize)]
struct Report {
    passes: usize,
    violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<String>,
}

/// Puts axe into the page, unless it is there.
pub(super) async fn inject(page: &Page) {
    static SOURCE: OnceLock<String> = OnceLock::new();
    if page.run("return typeof axe === 'object'", Vec::new()).await == true {
        return;
    }
    let source = SOURCE.get_or_init(|| {
        let path = root().join("ui/node_modules/axe-core/axe.min.js");
        let source = std::fs::read_to_string(&path);
        source.unwrap_or_else(|error| panic!("{} can't be read: {error}. Run `npm ci` in ui/", path.display()))
    });
    // A function body of its own: what it declares must become the page's.
    page.run(&format!("{source}\nwindow.axe = axe;"), Vec::new()).await;
}

/// Fails the test if axe finds a violation on the page as it is now.
pub(super) async fn assert_clean(page: &Page, screen: &str) {
    inject(page).await;
    let report = page.run_async(RUN, Vec::new()).await;
    let report: Report = serde_json::from_value(report).unwrap();
    let mut words = String::new();
    for Violation { id, help, nodes } in &report.violations {
        writeln!(words, "{id}: {help}\n  {}", nodes.join("\n  ")).unwrap();
    }
    assert!(report.violations.is_empty(), "axe on {screen}:\n{words}");
    assert!(report.passes > 0, "axe judged nothing on {screen}");
}
