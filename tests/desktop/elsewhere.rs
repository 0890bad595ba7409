//! GitLab, Jenkins and CodePipeline, each in one window from the connection to the way back: a run by hand through the typed form,
//! followed live with its log, and another one cancelled; a release to staging, the next one through a gate from the inbox, and back in
//! the provider's own way. GitHub's are the other journeys.

use super::by_hand::DEPLOYING;
use super::forms::Form;
use super::page::{Page, button, field, heading, link, list, radio, search, text};
use super::ready::{PRODUCT, Ready};
use super::surroundings::Surroundings;
use super::window::Window;
use super::{axe, by_hand, picture};
use pilothouse_range::{Fault, Order, Range, RangeOptions};
use serde_json::{Value, json};
use std::time::Duration;
use thirtyfour::Key;

/// A place is looked at four times a minute, and at once when a run of ours begins to wait.
const ARRIVES: Duration = Duration::from_secs(90);

/// What differs from provider to provider.
struct Journey {
    /// For pictures.
    name: &'static str,
    form: fn(&Range) -> Form,
    /// Adds the product, its source and its pipelines.
    product: Product,
    /// What holds its pipelines.
    repository: fn(&Range) -> String,
    /// The pipeline that deploys to staging.
    pipeline: &'static str,
    /// The input that the environment is chosen in, where there is one.
    environment: Option<&'static str>,
    /// The input for the version.
    version: &'static str,
    /// How a run is that nobody has taken on yet.
    waiting: &'static str,
    /// The job that deploys, and what is told of its log.
    log: (&'static str, &'static str),
    /// What the gate before staging is called.
    gate: &'static str,
    /// The first words of the provider's own way back, and whether it is open.
    back: (&'static str, bool),
    /// How many runs there are in the end: two by hand, two releases, and the way back where it is a run of its own.
    runs: usize,
}

/// How the product comes about.
enum Product {
    /// The provider keeps its source too.
    SameProvider,
    /// Its source is a clone on this computer, as the wizard takes it.
    LocalClone,
    /// Its source is elsewhere: each environment's pipeline and inputs.
    AnotherHost(fn(&str) -> (String, Value)),
}

const GITLAB: Journey = Journey {
    name: "gitlab",
    form: Form::gitlab,
    product: Product::SameProvider,
    repository: Range::repository,
    pipeline: ".gitlab-ci.yml",
    environment: Some("environment"),
    version: "version",
    waiting: "Queued",
    log: ("deploy", "staging"),
    gate: "Let checkout 1.2.0 go to staging",
    back: ("GitLab’s own way: Job deploy of pipeline", true),
    runs: 4,
};

const JENKINS: Journey = Journey {
    name: "jenkins",
    form: Form::jenkins,
    product: Product::LocalClone,
    repository: Range::repository,
    pipeline: "deploy-version",
    environment: Some("ENVIRONMENT"),
    version: "VERSION",
    waiting: "Queued",
    log: ("Deploy", "staging"),
    gate: "of checkout 1.2.0",
    back: ("Jenkins’s own way: ", true),
    runs: 5,
};

/// The gate before staging is an action of the pipeline: putting it there changes the structure, which closes the way back.
const CODEPIPELINE: Journey = Journey {
    name: "codepipeline",
    form: Form::codepipeline,
    product: Product::AnotherHost(|environment| {
        let inputs =
            json!([{"name": "VERSION", "value": {"from": "version"}}, {"name": "PILOTHOUSE_RUN", "value": {"from": "correlation"}}]);
        (format!("checkout-{environment}"), inputs)
    }),
    repository: |range| range.aws_region().to_owned(),
    pipeline: "checkout-staging",
    environment: None,
    version: "VERSION",
    waiting: "Running",
    log: ("Deploy", "The provider keeps this log elsewhere"),
    gate: "Let checkout 1.2.0 go to staging: Approve",
    back: ("AWS CodePipeline’s own way is closed: ", false),
    runs: 5,
};

impl Journey {
    /// The connection, by its form; and the product.
    async fn set_up(&self, ready: &Ready) {
        let (page, range) = (ready.page(), &ready.range);
        page.find(&heading("Welcome to Pilothouse")).await;
        page.click(&link("Settings")).await;
        page.click(&link("Connections")).await;
        let form = (self.form)(range);
        form.fill(page).await;
        page.click(&button("Add and verify")).await;
        page.find(&heading(form.name())).await;
        let connection = ready.ask("list_connections", Value::Null).await[0]["id"].clone();
        match self.product {
            Product::LocalClone => return self.wizard(page, range).await,
            Product::SameProvider => {
                let mut product = ready.suggested(&connection).await;
                goes_back_natively(&mut product, |_| Value::Null);
                ready.add(product).await;
            }
            Product::AnotherHost(binding) => {
                let mut product = ready.suggested(&ready.github().await).await;
                let place = json!({"connection_id": connection, "repository": (self.repository)(range)});
                for environment in product["environments"].as_array_mut().unwrap() {
                    let (pipeline, inputs) = binding(environment["name"].as_str().unwrap());
                    environment["deploy"] =
                        json!({"place": place, "pipeline": pipeline, "git_ref": {"rule": "of_pipeline"}, "inputs": inputs});
                }
                goes_back_natively(&mut product, |name| json!(format!("{}{}", name[..1].to_uppercase(), &name[1..])));
                ready.add(product).await;
            }
        }
        page.click(&link("Overview")).await;
        page.find(&text(PRODUCT)).await;
    }

    /// A product whose source is a clone, from the folder to the review.
    async fn wizard(&self, page: &Page, range: &Range) {
        page.click(&link("add a product")).await;
        page.fill(&field("Folder"), "/nowhere/at/all").await;
        page.click(&button("Look at it")).await;
        page.find(&text("/nowhere/at/all")).await;
        page.fill(&field("Folder"), &range.repository_path().display().to_string()).await;
        page.click(&button("Look at it")).await;
        page.find(&text(" tags")).await;
        page.fill(&search("Repository"), "checkout").await;
        page.click(&button((self.repository)(range))).await;
        page.fill(&field("Name"), PRODUCT).await;
        axe::assert_clean(page, "a product of a clone").await;
        picture::guide(page, "product-clone").await;
        page.click(&button("Next: pipelines")).await;
        for nth in 0..2 {
            page.choose(&list("Pipeline").nth(nth), self.pipeline).await;
            page.choose(&list("Started at").nth(nth), "As it is settled there").await;
        }
        page.point_at(&radio("Jenkins’s own way")).await;
        page.find(&text("Inputs").nth(1)).await;
        page.click(&button("Next: health")).await;
        by_hand::watch_version(page, range, 0, "staging").await;
        page.click(&button("Next: review")).await;
        page.click(&button(format!("Add {PRODUCT}"))).await;
        page.find(&heading("Overview")).await;
    }

    /// To its pipeline; a run is started, followed from the queue to its end and read; another one is cancelled.
    async fn runs_by_hand(&self, ready: &Ready) {
        let page = ready.page();
        page.click(&link("Pipelines")).await;
        page.choose(&list("Connection"), &(self.form)(&ready.range).name()).await;
        page.click(&link((self.repository)(&ready.range))).await;
        page.click(&link(self.pipeline)).await;
        self.starts(ready, "1.2.0").await;
        ready.range.faults().clear_all();
        page.find(&text("It has ended.")).await;
        page.find(&text("Reason: Only the configuration has changed")).await;
        let (job, said) = self.log;
        page.click(&button(job)).await;
        page.find(&heading(format!("Log of {job}"))).await;
        page.find(&text(said)).await;
        axe::assert_clean(page, &format!("a run at {}", self.name)).await;
        picture::keep(page, &format!("run-{}", self.name)).await;

        self.starts(ready, "1.2.0").await;
        page.click(&button("Cancel…")).await;
        page.click(&button("Cancel the run")).await;
        page.find(&text("is being stopped")).await;
        page.find(&text("Cancelled")).await;
        ready.range.faults().clear_all();
    }

    /// Through the form; the run finds nobody who takes it on.
    async fn starts(&self, ready: &Ready, version: &str) {
        let page = ready.page();
        ready.range.faults().order(Order::once(Fault::StuckQueued)).unwrap();
        page.click(&button("Start a run…")).await;
        if let Some(environment) = self.environment {
            page.choose(&list(environment), "staging").await;
        }
        page.fill(&field(self.version), version).await;
        page.click(&button("Continue")).await;
        page.find(&text("outside of any release")).await;
        page.fill(&field("Reason"), "Only the configuration has changed").await;
        page.click(&button("Start the run")).await;
        page.find(&heading("Run ")).await;
        page.find(&text(self.waiting)).await;
    }

    /// What waits before staging is let through from the inbox.
    async fn passes_the_gate(&self, page: &Page) {
        page.find_within(&text("The run waits for a person."), ARRIVES).await;
        page.click(&link("Inbox")).await;
        page.find(&heading(self.gate)).await;
        page.press("e").await;
        page.fill(&field("Comment"), "Looked at with the shop").await;
        axe::assert_clean(page, &format!("a gate at {}", self.name)).await;
        picture::keep(page, &format!("gate-{}", self.name)).await;
        // The button comes after the field and what cancels.
        page.press(&[Key::Tab, Key::Tab, Key::Enter].map(char::from).into_iter().collect::<String>()).await;
        page.find(&text("approved it.")).await;
        page.click(&link("Releases")).await;
        page.click(&link("1.2.0")).await;
    }

    /// Back from 1.2.0, in the provider's own way or, where that is closed, by starting the pipeline.
    async fn rolls_back(&self, page: &Page) {
        let (words, is_open) = self.back;
        page.click(&button("Roll staging back to 1.1.0…")).await;
        page.find(&text(words)).await;
        axe::assert_clean(page, &format!("the way back at {}", self.name)).await;
        let name = format!("rollback-{}", self.name);
        if is_open {
            picture::keep(page, &name).await;
        } else {
            picture::guide(page, &name).await;
        }
        page.fill(&field("Reason for the lock"), "1.2.0 loses orders").await;
        if !is_open {
            let back = page.find(&button("Roll back to 1.1.0")).await;
            assert_eq!(back.attr("aria-disabled").await.unwrap().as_deref(), Some("true"), "nothing is replaced unasked");
            page.point_at(&radio(format!("Start {}", self.pipeline))).await;
        }
        page.click(&button("Roll back to 1.1.0")).await;
        page.click(&link("Overview")).await;
        page.find_within(&text("Rolled back from 1.2.0, locked"), DEPLOYING).await;
    }

    async fn take(&self) {
        let Some(surroundings) = Surroundings::find("a journey over another provider") else { return };
        let range = Range::start(RangeOptions::fast()).await.unwrap();
        let window = Window::open(&surroundings).await;
        let ready = Ready { range, window };
        let page = ready.page();
        self.set_up(&ready).await;
        self.runs_by_hand(&ready).await;
        ready.release("1.1.0").await;
        by_hand::start(page, "1.1.0", "staging").await;
        page.find_within(&button("Deploy 1.1.0 to production…"), DEPLOYING).await;

        assert!(ready.range.protect("staging", true));
        ready.release("1.2.0").await;
        by_hand::start(page, "1.2.0", "staging").await;
        self.passes_the_gate(page).await;
        page.find_within(&button("Deploy 1.2.0 to production…"), DEPLOYING).await;
        assert!(ready.range.protect("staging", false));
        self.rolls_back(page).await;
        assert_eq!(ready.range.stats().dispatches.len(), self.runs);
        ready.close().await;
    }
}

/// Has staging go back in the provider's own way, where it calls it so.
fn goes_back_natively(product: &mut Value, named: impl Fn(&str) -> Value) {
    for environment in product["environments"].as_array_mut().unwrap() {
        environment["rollback"] = Value::Null;
        environment["native_rollback"] = json!({"environment": named(environment["name"].as_str().unwrap())});
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_over_gitlab() {
    GITLAB.take().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_over_jenkins() {
    JENKINS.take().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_over_codepipeline() {
    CODEPIPELINE.take().await;
}
