//! What runs at a place that Pilothouse did not start. At the first look at a pipeline a mark is set: what ran before is nobody's
//! business. From there on each run is judged once, also what began while no Pilothouse ran.

use super::Place;
use super::place::Bound;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::notifier::{Alert, AlertSubject, Urgency};
use crate::ports::provider::{Capability, Provider, RecentRuns, RollbackSearch, RunSearch};
use crate::ports::store::{DeploymentFilter, ManualRunFilter, UnplannedRunFilter, Write};
use crate::usecases::native::native_rollback;
use pilothouse_domain::connection::Connection;
use pilothouse_domain::deployment::{Deployment, NativeWay, Run};
use pilothouse_domain::manual_run::ManualRun;
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::unplanned::{Judgement, PipelineMark, UnplannedRun, UnplannedState, judge, judge_by_hand};
use pilothouse_domain::{Actor, ConnectionId, DeploymentId, EnvironmentId, ProductId, Timestamp, UnplannedRunId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How far back is looked at the first look, to learn the provider's clock.
const FIRST_LOOK: Duration = Duration::from_secs(24 * 3_600);
/// How far behind what was judged is looked again: lists lag, and a run of ours may get a further attempt.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
/// For how long a run that has not ended is followed.
const FOLLOWED: Duration = Duration::from_secs(30 * 24 * 3_600);
/// A mark is written once it has moved so far: until then runs are judged again after a start, and known by their row.
const MARK_EVERY: Duration = Duration::from_secs(600);
/// How long before a run a deployment that could have started it was requested, at most.
const LONGEST_DEPLOYMENT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Pages of deployments that are looked through, and how long one is.
const MOST_PAGES: usize = 5;
const ON_A_PAGE: u32 = 200;
/// How many unplanned runs of a place are kept in view.
const MOST_KNOWN: u32 = 1_000;
/// How many runs are asked for at each look, and how many where those leave a gap behind them, as after a long stop.
const MOST_EACH_LOOK: usize = 100;
const MOST_AFTER_A_STOP: usize = 500;
/// So many runs that are found together are told of one by one; of more only the newest, with their number.
const TOLD_ONE_BY_ONE: usize = 3;

/// A pipeline at a place, and what it is bound to.
struct Watched<'a> {
    place: &'a Place,
    connection: &'a Connection,
    client: &'a dyn Provider,
    pipeline: &'a str,
    bound: Vec<&'a Bound>,
}

impl Engine {
    /// Asks what began to run at a place, and writes down what nobody here has started.
    pub(super) async fn observe_runs(&self, place: &Place) -> Result<(), EngineError> {
        let connection = self.store().connection(place.connection_id).await?;
        let client = self.client(&connection).await?;
        if !client.capabilities().has(Capability::RecentRuns) {
            return Ok(());
        }
        let mut pipelines: BTreeMap<&str, Vec<&Bound>> = BTreeMap::new();
        for bound in &place.bound {
            pipelines.entry(&bound.pipeline).or_default().push(bound);
        }
        let marks = self.store().pipeline_marks(connection.id, &place.repository).await?;
        let mut failed = None;
        for (pipeline, bound) in pipelines {
            let watched = Watched { place, connection: &connection, client: client.as_ref(), pipeline, bound };
            let mark = marks.iter().find(|mark| mark.pipeline == pipeline);
            let looked = match mark {
                None => self.first_look(&watched).await,
                Some(mark) => self.look_since(&watched, mark.clone()).await,
            };
            // One pipeline that is gone at the provider holds up no other.
            failed = looked.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    async fn recent(&self, watched: &Watched<'_>, since: Timestamp, most: usize) -> Result<RecentRuns, EngineError> {
        let answer = watched.client.recent_runs(&watched.place.repository, watched.pipeline, since, most).await;
        Ok(self.note_refusal(watched.connection, answer).await?)
    }

    /// What began since then; further back where the newest alone don't reach what was judged.
    async fn recent_to(&self, watched: &Watched<'_>, since: Timestamp, judged_until: Timestamp) -> Result<RecentRuns, EngineError> {
        let newest = self.recent(watched, since, MOST_EACH_LOOK).await?;
        match newest.cut_at {
            Some(at) if at > judged_until => self.recent(watched, since, MOST_AFTER_A_STOP).await,
            Some(_) | None => Ok(newest),
        }
    }

    /// Sets the mark by the provider's own clock: at the newest run that is there.
    async fn first_look(&self, watched: &Watched<'_>) -> Result<(), EngineError> {
        let earliest = before(self.now(), FIRST_LOOK);
        let runs = self.recent(watched, earliest, MOST_EACH_LOOK).await?.runs;
        let since = runs.iter().filter_map(|run| run.created_at).max().unwrap_or(earliest);
        let seen_then = runs.iter().filter(|run| run.created_at.is_none_or(|at| at == since)).map(|run| run.external_id.clone());
        let mark = PipelineMark {
            connection_id: watched.connection.id,
            repository: watched.place.repository.clone(),
            pipeline: watched.pipeline.to_owned(),
            since,
            seen_then: seen_then.collect(),
            judged_until: since,
        };
        let mut change = self.change(&Actor::Engine);
        change.write(Write::PipelineMark(mark));
        self.ports.store.commit(change.into_set()).await?;
        Ok(())
    }

    async fn look_since(&self, watched: &Watched<'_>, mark: PipelineMark) -> Result<(), EngineError> {
        let now = self.now();
        let known = self.known_runs(watched, now).await?;
        let unended = known.iter().filter(|run| !run.status.is_ended()).map(UnplannedRun::began).min();
        let since = before(mark.judged_until, OVERLAP);
        let since = unended.map_or(since, |began| since.min(before(began, Duration::from_secs(1)))).max(mark.since);
        let RecentRuns { mut runs, newest, cut_at } = self.recent_to(watched, since, mark.judged_until).await?;
        runs.retain(|run| mark.is_younger(run));
        let missed = cut_at.filter(|at| *at > mark.judged_until);
        let mut judged_until = newest.unwrap_or(mark.judged_until).max(mark.judged_until);
        if runs.is_empty() && missed.is_none() && judged_until.since(mark.judged_until) < MARK_EVERY {
            return Ok(());
        }
        // Read after the runs: whatever of them is ours was written down before it was asked for.
        let oldest = runs.iter().filter_map(|run| run.created_at).min().unwrap_or(now);
        let here = self.same_server(watched).await?;
        let deployments = self.deployments_with(watched, &here, oldest).await?;
        let by_hand = self.runs_by_hand(watched, &here).await?;
        let products: BTreeSet<ProductId> = watched.bound.iter().map(|bound| bound.product_id).collect();
        let mut change = self.change(&Actor::Engine);
        let mut new: Vec<UnplannedRun> = Vec::new();
        for run in &runs {
            let rows: Vec<&UnplannedRun> = known.iter().filter(|row| is_of(row, run)).collect();
            let unknown: Vec<ProductId> =
                products.iter().copied().filter(|product| !rows.iter().any(|row| row.product_id == *product)).collect();
            let judged = match judge_by_hand(run, &by_hand) {
                Some(judged) => judged,
                None => self.judged(watched, run, &deployments, !unknown.is_empty()).await?,
            };
            match judged {
                Judgement::Ours(deployment) => note_ours(&mut change, &rows, deployment, now),
                Judgement::Unplanned { rerun_of } => {
                    note_progress(&mut change, &rows, run);
                    new.extend(unknown.into_iter().map(|product| self.unplanned(watched, product, run, rerun_of)));
                }
                Judgement::ByHand => note_progress(&mut change, &rows, run),
                Judgement::Undecided | Judgement::AskFor(_) => {
                    note_progress(&mut change, &rows, run);
                    judged_until = run.created_at.map_or(judged_until, |at| judged_until.min(before(at, Duration::from_secs(1))));
                }
            }
        }
        self.tell(&mut change, new, missed).await?;
        if let Some(read_from) = missed {
            note_missed(&mut change, watched, &products, mark.judged_until, read_from);
            judged_until = judged_until.max(read_from);
        }
        if missed.is_some() || judged_until.since(mark.judged_until) >= MARK_EVERY {
            change.write(Write::PipelineMark(PipelineMark { judged_until, ..mark }));
        }
        if change.is_empty() {
            return Ok(());
        }
        match self.ports.store.commit(change.into_set()).await {
            // Somebody else has seen or explained one of them meanwhile: the next look builds on that.
            Ok(_) | Err(StoreError::Taken { .. } | StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn known_runs(&self, watched: &Watched<'_>, now: Timestamp) -> Result<Vec<UnplannedRun>, EngineError> {
        let filter = UnplannedRunFilter {
            connection: Some(watched.connection.id),
            repository: Some(watched.place.repository.clone()),
            since: Some(before(now, FOLLOWED)),
            limit: MOST_KNOWN,
            ..UnplannedRunFilter::default()
        };
        let mut known = self.store().unplanned_runs(&filter).await?;
        known.retain(|run| run.pipeline == watched.pipeline);
        Ok(known)
    }

    /// Judges a run; asks the provider where a deployment has lost sight of runs of its own, unless everybody knows this one.
    async fn judged(&self, watched: &Watched<'_>, run: &Run, deployments: &[Deployment], is_new: bool) -> Result<Judgement, EngineError> {
        let judged = judge(run, deployments);
        let Judgement::AskFor(ids) = &judged else { return Ok(judged) };
        if !is_new {
            return Ok(Judgement::Unplanned { rerun_of: None });
        }
        for deployment in deployments.iter().filter(|deployment| ids.contains(&deployment.id)) {
            for search in searches_back(deployment) {
                let answer = watched.client.find_rollbacks(&watched.place.repository, &search).await;
                match self.note_refusal(watched.connection, answer).await {
                    Ok(found) if found.iter().any(|found| found.external_id == run.external_id) => {
                        return Ok(Judgement::Ours(deployment.id));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::info!(%error, run = run.external_id, "whether a run is a way back of ours can't be asked now: it is judged later");
                        return Ok(Judgement::Undecided);
                    }
                }
            }
            for search in searches(deployment) {
                let answer = watched.client.find_runs(&watched.place.repository, &search).await;
                match self.note_refusal(watched.connection, answer).await {
                    Ok(found) if found.iter().any(|found| found.external_id == run.external_id) => {
                        return Ok(Judgement::Ours(deployment.id));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::info!(%error, run = run.external_id, "whether a run is ours can't be asked now: it is judged later");
                        return Ok(Judgement::Undecided);
                    }
                }
            }
        }
        Ok(Judgement::Unplanned { rerun_of: None })
    }

    /// The connections to the server that a connection leads to, itself among them.
    async fn same_server(&self, watched: &Watched<'_>) -> Result<BTreeSet<ConnectionId>, EngineError> {
        let mut connections = self.store().connections().await?;
        connections.retain(|other| {
            other.kind == watched.connection.kind
                && other.base_url == watched.connection.base_url
                && other.settings.region == watched.connection.settings.region
        });
        Ok(connections.into_iter().map(|connection| connection.id).collect())
    }

    /// The runs of a pipeline that people have started by hand from here, last first.
    async fn runs_by_hand(&self, watched: &Watched<'_>, here: &BTreeSet<ConnectionId>) -> Result<Vec<ManualRun>, EngineError> {
        let filter = ManualRunFilter {
            repository: Some(watched.place.repository.clone()),
            pipeline: Some(watched.pipeline.to_owned()),
            limit: MOST_KNOWN,
            ..ManualRunFilter::default()
        };
        let mut runs = self.store().manual_runs(&filter).await?;
        runs.retain(|run| here.contains(&run.connection_id));
        Ok(runs)
    }

    /// The deployments that used a pipeline, by whichever connection to the same account's server, as far as they can have started
    /// a run that was made then.
    async fn deployments_with(
        &self,
        watched: &Watched<'_>,
        here: &BTreeSet<ConnectionId>,
        made: Timestamp,
    ) -> Result<Vec<Deployment>, EngineError> {
        let products = self.store().products().await?;
        let is_here = |deployment: &Deployment| {
            let source = products.iter().find(|product| product.id == deployment.product_id).map(|product| product.connection_id);
            deployment.pipeline.pipeline == watched.pipeline
                && deployment.repository.eq_ignore_ascii_case(&watched.place.repository)
                && source.is_some_and(|source| here.contains(&deployment.pipeline.connection(source)))
        };
        let active = DeploymentFilter { active_only: true, limit: ON_A_PAGE, ..DeploymentFilter::default() };
        let mut found: BTreeMap<DeploymentId, Deployment> = BTreeMap::new();
        let mut keep = |page: Vec<Deployment>| found.extend(page.into_iter().filter(|d| is_here(d)).map(|d| (d.id, d)));
        let mut filter = DeploymentFilter { limit: ON_A_PAGE, ..DeploymentFilter::default() };
        for _ in 0..MOST_PAGES {
            let page = self.store().deployments(&filter).await?;
            filter.after = page.last().map(|deployment| deployment.id);
            let is_last = page.last().is_none_or(|last| last.requested_at.plus(LONGEST_DEPLOYMENT) < made);
            keep(page);
            if is_last {
                break;
            }
        }
        keep(self.store().deployments(&active).await?);
        Ok(found.into_values().collect())
    }

    fn unplanned(&self, watched: &Watched<'_>, product_id: ProductId, run: &Run, rerun_of: Option<DeploymentId>) -> UnplannedRun {
        let environments: Vec<EnvironmentId> =
            watched.bound.iter().filter(|bound| bound.product_id == product_id).map(|bound| bound.environment_id).collect();
        UnplannedRun {
            id: self.new_id(UnplannedRunId::new),
            revision: 0,
            product_id,
            environments,
            connection_id: watched.connection.id,
            repository: watched.place.repository.clone(),
            pipeline: watched.pipeline.to_owned(),
            external_id: run.external_id.clone(),
            attempt: run.attempt,
            url: run.url.clone(),
            title: run.title.clone(),
            started_by: run.started_by.clone(),
            git_ref: run.git_ref.clone(),
            commit: run.commit.clone(),
            started_at: run.created_at,
            first_seen_at: self.now(),
            status: run.status.clone(),
            rerun_of,
            state: UnplannedState::Open,
        }
    }

    /// Writes new unplanned runs, with an alert; which also tells where older ones were missed.
    async fn tell(&self, change: &mut Change, mut new: Vec<UnplannedRun>, missed: Option<Timestamp>) -> Result<(), EngineError> {
        new.sort_by_key(|run| (run.began(), run.external_id.clone()));
        let total = new.len();
        for (place, mut run) in new.into_iter().enumerate() {
            let product = self.store().product(run.product_id).await?;
            let environments = self.store().environments(Some(run.product_id)).await?;
            run.environments = environments.iter().filter(|known| run.touches(known.id)).map(|known| known.id).collect();
            change.audit_unplanned("unplanned_run.seen", &run, format!("{} (run {})", what_happened(&run, &product), run.external_id));
            let more = if total > TOLD_ONE_BY_ONE { total - 1 } else { 0 };
            if total <= TOLD_ONE_BY_ONE || place + 1 == total {
                let mut alert = self.alert(&run, &product, &environments, more);
                if missed.is_some() {
                    alert.body.push_str(" Older ones were too many to be read: the audit trail says of which time.");
                }
                change.alert_unplanned(&run, alert);
            }
            change.write(Write::UnplannedRun(run));
        }
        Ok(())
    }

    fn alert(&self, run: &UnplannedRun, product: &Product, environments: &[Environment], more: usize) -> Alert {
        let last = environments.last().is_some_and(|last| run.touches(last.id));
        let names: Vec<&str> = environments.iter().filter(|known| run.touches(known.id)).map(|known| known.name.as_str()).collect();
        let changed = match names.as_slice() {
            [] => "It may have changed what runs.".to_owned(),
            names => format!("It may have changed {}.", names.join(" or ")),
        };
        let others = match more {
            0 => String::new(),
            more => format!(" {more} more runs were started elsewhere."),
        };
        Alert {
            about: Some(AlertSubject::UnplannedRun(run.id)),
            title: what_happened(run, product),
            body: format!("{changed}{others} The inbox asks for the reason."),
            urgency: if last { Urgency::Critical } else { Urgency::Normal },
            at: run.began(),
            concerns: None,
        }
    }
}

fn before(at: Timestamp, time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_sub(micros)).unwrap_or(at)
}

fn is_of(row: &UnplannedRun, run: &Run) -> bool {
    row.external_id == run.external_id && row.attempt == run.attempt
}

/// "mira started deploy.yml of Checkout elsewhere".
fn what_happened(run: &UnplannedRun, product: &Product) -> String {
    let who = run.started_by.as_deref().unwrap_or("Somebody");
    let verb = if run.rerun_of.is_some() { "ran a deployment again with" } else { "started" };
    format!("{who} {verb} {} of {} elsewhere", run.pipeline, product.name)
}

/// Puts on record that runs were not looked at: more began than are read at once.
fn note_missed(change: &mut Change, watched: &Watched<'_>, products: &BTreeSet<ProductId>, judged_until: Timestamp, read_from: Timestamp) {
    let (connection, repository, pipeline) = (watched.connection, &watched.place.repository, watched.pipeline);
    let summary = format!(
        "More than {MOST_AFTER_A_STOP} runs of {pipeline} in {repository} began while nobody looked. Those between {judged_until} and \
         {read_from} were not read: look at {} whether one of them was unplanned",
        connection.kind.name()
    );
    for product in products {
        let data = serde_json::json!({
            "connection": connection.name, "repository": repository, "pipeline": pipeline, "after": judged_until, "before": read_from,
        });
        change.audit_at_provider("unplanned_run.not_all_read", "pipeline", pipeline.to_owned(), Some(*product), summary.clone(), data);
    }
}

fn note_ours(change: &mut Change, rows: &[&UnplannedRun], deployment: DeploymentId, now: Timestamp) {
    for row in rows.iter().filter(|row| row.is_open()) {
        let mut found = UnplannedRun::clone(row);
        found.found_to_be_ours(deployment, now);
        let summary = format!("Run {} of {} is a deployment's own", found.external_id, found.pipeline);
        change.audit_unplanned("unplanned_run.found_ours", &found, summary);
        change.write(Write::UnplannedRun(found));
    }
}

fn note_progress(change: &mut Change, rows: &[&UnplannedRun], run: &Run) {
    for row in rows {
        let mut seen = UnplannedRun::clone(row);
        if seen.observe(run) {
            let summary = format!("Run {} of {} went on", seen.external_id, seen.pipeline);
            change.audit_unplanned("unplanned_run.observed", &seen, summary);
            change.write(Write::UnplannedRun(seen));
        }
    }
}

/// How to ask for what came of a deployment's ways back in the provider's own way.
fn searches_back(deployment: &Deployment) -> Vec<RollbackSearch> {
    let search = |way: &NativeWay| RollbackSearch {
        rollback: native_rollback(&deployment.pipeline.pipeline, way),
        mark: way.first_mark.clone(),
        since: deployment.requested_at,
    };
    deployment.native_asked().map(search).collect()
}

/// How to ask for the runs that the phases of a deployment have lost sight of: by the token's stem, which every trigger's token
/// begins with.
fn searches(deployment: &Deployment) -> Vec<RunSearch> {
    let filled = deployment.filled_pipeline();
    let search = |phase: &pilothouse_domain::deployment::Phase| RunSearch {
        pipeline: filled.pipeline.clone(),
        git_ref: filled.git_ref.clone(),
        correlation: phase.id.to_string(),
        is_correlated: deployment.pipeline.is_correlated(),
        since: deployment.requested_at,
    };
    deployment.phases.iter().filter(|phase| phase.triggers > 0).map(search).collect()
}
