//! What the repository's `ci/` scripts stand for, whichever provider's runner runs them: build, test, deploy to the fleet one
//! instance after the other, and ask it afterwards. It knows no provider.

use std::time::Duration;

use crate::error::RangeError;
use crate::faults::{Fault, bare};
use crate::fleet::{self, InstanceState};
use crate::lock::lock;
use crate::site::Site;

/// The job in which a script runs.
pub(crate) trait Console: Sync {
    fn site(&self) -> &Site;
    /// Writes to the job's log.
    fn say(&self, text: &str);
    /// Writes a failure, marked as the provider marks failures.
    fn complain(&self, text: &str);
    /// Name and commit of the ref that the job runs at.
    fn head(&self) -> (String, String);
    /// Lets time pass; `false` where the job was cancelled meanwhile.
    fn wait(&self, time: Duration) -> impl Future<Output = bool> + Send;
}

/// `Some(true)`: done. `Some(false)` and `None`: failed, and the log says why.
pub(crate) type Done = Option<bool>;

/// Runs one command line; `failing` is the fault that makes it fail.
pub(crate) async fn run(console: &impl Console, line: &str, failing: Option<&Fault>) -> Done {
    let words: Vec<&str> = line.split_whitespace().collect();
    let command = Command { console, failing };
    match words.as_slice() {
        ["./ci/build", version, ..] => command.build(version).await,
        ["./ci/find-image", version, ..] => command.find_image(version).await,
        ["./ci/test", ..] => command.test().await,
        ["./ci/deploy", environment, version, reach @ ..] => command.deploy(environment, version, &Reach::read(reach)).await,
        ["./ci/smoke", environment, version, reach @ ..] => command.smoke(environment, version, &Reach::read(reach)).await,
        _ => Some(command.pause().await),
    }
}

/// How far a command goes: whether it changes anything, and the share of the instances in percent.
struct Reach {
    dry: bool,
    percent: usize,
}

impl Reach {
    /// From what follows the version: `true` for a dry run, a number for the share.
    fn read(words: &[&str]) -> Self {
        let percent = words.iter().find_map(|word| word.parse().ok()).unwrap_or(100);
        Self { dry: words.contains(&"true"), percent }
    }

    /// So many of these instances; at least one where the share isn't nothing.
    fn of(&self, instances: usize) -> usize {
        (instances * self.percent.min(100)).div_ceil(100)
    }
}

struct Command<'a, C> {
    console: &'a C,
    failing: Option<&'a Fault>,
}

impl<C: Console> Command<'_, C> {
    fn say(&self, text: &str) {
        self.console.say(text);
    }

    fn fail(&self, why: &str) -> Done {
        self.console.complain(why);
        Some(false)
    }

    async fn pause(&self) -> bool {
        self.console.wait(self.console.site().options.pace).await
    }

    /// The commit of a version: of its tag, of an earlier build, or by hash.
    async fn commit_of(&self, version: &str) -> Result<Option<String>, RangeError> {
        let repository = &self.console.site().repository;
        for name in [format!("refs/tags/v{}", bare(version)), format!("refs/tags/{version}")] {
            if let Some(found) = repository.reference(&name).await? {
                return Ok(Some(found.commit));
            }
        }
        if let Some(commit) = lock(&self.console.site().actions).image(version) {
            return Ok(Some(commit.clone()));
        }
        repository.resolve(version).await
    }

    async fn build(&self, version: &str) -> Done {
        let commit = match self.commit_of(version).await {
            Ok(Some(commit)) => commit,
            Ok(None) => {
                let (ref_name, head) = self.console.head();
                self.say(&format!("no tag names {version}: building the head of {ref_name}"));
                head
            }
            Err(error) => return self.fail(&error.to_string()),
        };
        self.say(&format!("building checkout {version} from {commit}"));
        for (part, of) in [("compile", 3), ("assets", 3), ("image", 3)].iter().enumerate().map(|(at, (part, of))| ((at + 1, part), of)) {
            self.say(&format!("[{}/{of}] {}", part.0, part.1));
        }
        if !self.pause().await {
            return None;
        }
        if self.failing.is_none() {
            lock(&self.console.site().actions).built(version, &commit);
            self.say(&format!("built registry.nordwind.example/checkout:{version}"));
        }
        Some(true)
    }

    async fn find_image(&self, version: &str) -> Done {
        if !self.pause().await {
            return None;
        }
        match self.commit_of(version).await {
            Ok(Some(commit)) => {
                lock(&self.console.site().actions).built(version, &commit);
                self.say(&format!("found registry.nordwind.example/checkout:{version} of {commit}"));
                Some(true)
            }
            Ok(None) => self.fail(&format!("there is no image of version {version}: it was never built here, and no tag names it")),
            Err(error) => self.fail(&error.to_string()),
        }
    }

    async fn test(&self) -> Done {
        self.say("ok 1 - an empty basket costs nothing\nok 2 - totals are rounded half to even\nok 3 - an expired voucher is refused");
        if !self.pause().await {
            return None;
        }
        self.say(if self.failing.is_some() { "not ok 4 - guest checkout" } else { "ok 4 - guest checkout\n# pass 4\n# fail 0" });
        Some(true)
    }

    async fn deploy(&self, environment: &str, version: &str, reach: &Reach) -> Done {
        let Some(place) = self.console.site().fleet.environment(environment) else {
            return self.fail(&format!("there is no environment {environment}"));
        };
        let Some(commit) = lock(&self.console.site().actions).image(version).cloned() else {
            return self.fail(&format!("there is no image of version {version}"));
        };
        let fails_after = match self.failing {
            Some(Fault::FailJob { after_instances, .. }) => *after_instances,
            _ => usize::MAX,
        };
        let count = reach.of(place.instances.len());
        for (turn, instance) in place.instances.iter().take(count).enumerate() {
            if turn >= fails_after {
                return self.fail(&format!("{} refused the image: manifest unknown", instance.name()));
            }
            self.say(&format!("[{}/{count}] {} -> {version}", turn + 1, instance.name()));
            if !self.pause().await {
                return None;
            }
            if reach.dry {
                self.say("dry run: left as it is");
                continue;
            }
            if let Err(error) = instance.start(version, &commit, instance.startup()).await {
                return self.fail(&error.to_string());
            }
            self.console.site().bump();
            if !self.console.wait(instance.startup()).await {
                return None;
            }
            match instance.state() {
                InstanceState::Healthy => self.say(&format!("{} is healthy", instance.name())),
                state => {
                    return self.fail(&format!("{} did not become healthy: {state:?}", instance.name()));
                }
            }
        }
        Some(true)
    }

    async fn smoke(&self, environment: &str, version: &str, reach: &Reach) -> Done {
        let Some(place) = self.console.site().fleet.environment(environment) else {
            return self.fail(&format!("there is no environment {environment}"));
        };
        if !self.pause().await {
            return None;
        }
        for instance in place.instances.iter().take(reach.of(place.instances.len())) {
            let health = fleet::get(instance.port(), "/healthz").await;
            let running = fleet::get(instance.port(), "/version").await;
            let (health, running) = match (health, running) {
                (Ok(health), Ok(running)) => (health, running),
                (Err(error), _) | (_, Err(error)) => {
                    return self.fail(&format!("{}: {error}", instance.name()));
                }
            };
            if health.status() != 200 {
                return self.fail(&format!("{} /healthz answered {}", instance.name(), health.status()));
            }
            let body: serde_json::Value = serde_json::from_slice(running.body()).unwrap_or_default();
            let said = body.get("version").and_then(|said| said.as_str()).unwrap_or("nothing");
            self.say(&format!("{}: healthy, runs {said}", instance.name()));
            if said != version && !reach.dry {
                return self.fail(&format!("{} runs {said}, not {version}", instance.name()));
            }
        }
        Some(true)
    }
}
