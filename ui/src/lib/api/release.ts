/** One release with everything that its screen shows. */
import { age, dayWords, plural } from '$lib/format';
import { commands, type BlockerView, type DeploymentView, type HelmView, type LockView, type ReleaseDetail, type ReleaseEnvironment, type UnplannedRunView } from './bindings';
import { routes } from '$lib/routes';
import type { Backend } from './backend';
import { blockerModels, holdPoints, type Ways, wayOut } from './blockers';
import { call } from './call';
import { deploymentModel, lineOf, progressOf, statusOfDeployment } from './deployments';
import { gatesOf } from './gates';
import type { Action, GateModel, HelmModel, HotfixModel, PhaseModel, Point, ReleaseModel, FrozenModel, TargetDateModel } from './model';
import { planModel, planOptions } from './plan';
import { statusOfRelease } from './releases';
import { explainAction, unplannedPoints } from './unplanned';
import { capital, sentence, statusOfGlyph, statusOfHealth } from './words';

/** Deployments of a release whose runs are shown. */
const MOST_DEPLOYMENTS = 20;

export const nameOf = ({ release }: ReleaseDetail): string => `${release.product} ${release.version}`;

/** The environment that the next step is about. */
const atHelm = (detail: ReleaseDetail): ReleaseEnvironment | undefined =>
  detail.environments.find((environment) => environment.environment_id === detail.release.helm.environment_id);

/** Why the release can't be deployed to an environment now; undefined if it can. */
export function refusalOf({ blockers }: Pick<ReleaseEnvironment, 'blockers'>): string | undefined {
  const first = blockers[0];
  if (!first) return undefined;
  return blockers.length === 1 ? sentence(first.title) : `${first.title}, and ${plural(blockers.length - 1, 'more rule')} ${blockers.length === 2 ? 'doesn’t' : 'don’t'} hold.`;
}

function waysOf(detail: ReleaseDetail, locks: readonly LockView[]): Ways {
  const { release, can } = detail;
  return {
    productId: release.product_id,
    release: { id: release.id, of: nameOf(detail), contentHash: detail.content_hash, canApprove: can.approve, canPlan: can.plan, canUnmark: can.unmark },
    environments: detail.environments.map((environment) => ({ id: environment.environment_id, name: environment.name, refused: refusalOf(environment) })),
    locks,
  };
}

/** The environments of the plan, or all of them before there is one, as a track. */
export function trackOf(detail: ReleaseDetail, now: number): PhaseModel[] {
  const planned = detail.environments.filter((environment) => environment.in_plan);
  return (planned.length ? planned : detail.environments).map((environment) => stageOf(environment, detail, now));
}

function stageOf(environment: ReleaseEnvironment, detail: ReleaseDetail, now: number): PhaseModel {
  const { deployment } = environment;
  const { helm } = detail.release;
  const isNext = helm.environment_id === environment.environment_id;
  const gates: Point[] = [];
  if (environment.current_version) {
    gates.push({ status: environment.is_current ? 'verified' : 'not_started', text: environment.is_current ? `Runs ${environment.current_version}` : `Has ${environment.current_version} now`, ...(environment.current_since ? { note: age(environment.current_since, now) } : {}) });
  } else gates.push({ status: 'not_started', text: 'Nothing deployed from here yet' });
  if (environment.is_unplanned && environment.running_version) gates.push({ status: 'drift', text: `Runs ${environment.running_version}, not deployed from here` });
  gates.push(...unplannedPoints(environment.unplanned_runs ?? [], now));
  if (environment.checks_total > 0) gates.push({ status: statusOfHealth(environment.health), text: `${environment.checks_healthy} of ${plural(environment.checks_total, 'check')} healthy` });
  else gates.push({ status: 'notice', text: 'No check watches it' });
  if (!environment.is_current && environment.in_plan) gates.push(...(environment.cautions ?? []).map((text): Point => ({ status: 'notice', text })));
  if (environment.rollback_target) gates.push({ status: 'passed', text: `Back to ${environment.rollback_target} if it fails` });

  if (!deployment || (deployment.kind === 'deploy' && deployment.state === 'succeeded' && !environment.is_current)) {
    const replaced = deployment !== null;
    return {
      title: environment.name,
      status: replaced ? 'rolled_back' : isNext && helm.clears_at ? 'soaking' : isNext && environment.blockers.length ? 'blocked' : 'not_started',
      note: replaced ? 'another version took its place' : undefined,
      endsAt: !replaced && isNext ? (helm.clears_at ?? undefined) : undefined,
      current: isNext,
      gates,
    };
  }
  gates.unshift({ status: statusOfDeployment(deployment), text: sentence(lineOf(deployment)), note: age(deployment.ended_at ?? deployment.requested_at, now) });
  const phase = deployment.phases.find((candidate) => !['passed', 'pending', 'left_out'].includes(candidate.state));
  return {
    title: environment.name,
    status: statusOfDeployment(deployment),
    endsAt: deployment.ended_at ? undefined : (deployment.verify_until ?? undefined),
    done: phase && !deployment.ended_at ? progressOf(phase) : undefined,
    current: isNext || !deployment.ended_at,
    gates,
  };
}

/** The helm: what is next, its button, and what else can be done in its place. */
export function helmModel(detail: ReleaseDetail): HelmModel {
  const { helm, id: releaseId } = detail.release;
  const of = nameOf(detail);
  const environment = atHelm(detail);
  const broken = helm.blockers.length;
  const [primary, side] = helmActions(helm, detail, releaseId, of, environment);
  const start = environment?.scheduled;
  const isSet = helm.action === 'deploy' && start?.state === 'waiting';
  return {
    title: helm.action === 'none' ? 'Nothing to do' : `${helm.verb} ${helm.object}`.trim(),
    note: isSet ? `It starts by itself at ${start.words}.` : broken > 0 && primary?.refused ? '' : sentence(helm.reason),
    startsAt: helm.clears_at ?? undefined,
    primary,
    rulesBroken: broken,
    rulesTotal: broken + (environment?.holds.length ?? 0),
    side,
  };
}

function helmActions(helm: HelmView, detail: ReleaseDetail, releaseId: string, of: string, environment: ReleaseEnvironment | undefined): [Action | null, Action[]] {
  const refused = helm.enabled ? undefined : sentence(helm.reason);
  const label = `${helm.verb} ${helm.object}`.trim();
  const voting = { releaseId, of, contentHash: detail.content_hash };
  switch (helm.action) {
    case 'plan':
      return [{ label: `${label}…`, refused, deed: { do: 'plan', releaseId } }, []];
    case 'request_approval':
      return [{ label: 'Ask for approval', refused, deed: { do: 'request_approval', releaseId, of } }, detail.can.plan ? [{ label: 'Change the plan…', deed: { do: 'plan', releaseId } }] : []];
    case 'vote':
      return [{ label: `Approve ${detail.release.version}…`, refused: detail.can.approve ? undefined : 'You have voted on this plan already.', deed: { do: 'approve', ...voting } }, detail.can.reject ? [{ label: 'Reject…', deed: { do: 'reject', ...voting } }] : []];
    case 'deploy':
      return [environment ? { label: `${label}…`, refused, deed: { do: 'deploy', releaseId, environmentId: environment.environment_id, of, environment: environment.name, cautions: environment.cautions ?? [] } } : null, environment && !environment.scheduled ? [scheduleAction(environment, releaseId, of, 'Schedule…')] : []];
    case 'complete':
      return [{ label: `${label}…`, refused, deed: { do: 'complete', releaseId, of } }, []];
    case 'decide':
      // The answers stand with the question, at the deployment that asks it.
      return [helm.deployment_id ? { label: 'Show the question', deed: { do: 'go', href: routes.deploymentOf(releaseId, helm.deployment_id) } } : null, []];
    default:
      return [null, []];
  }
}

/** Setting a start in an environment for a time. */
const scheduleAction = (environment: ReleaseEnvironment, releaseId: string, of: string, label: string): Action => ({ label, deed: { do: 'schedule', releaseId, environmentId: environment.environment_id, of, environment: environment.name, start: null } });

/** The runs that may have changed one of its environments and that nobody has explained; each once. */
function unexplained(detail: ReleaseDetail): UnplannedRunView[] {
  const runs = detail.environments.flatMap((environment) => environment.unplanned_runs ?? []);
  // Menus tell their entries apart by label.
  return runs.filter((run, at) => runs.findIndex((other) => other.id === run.id || other.pipeline === run.pipeline) === at);
}

/** What else can be done with the release, for the menu. */
export function menuActions(detail: ReleaseDetail): Action[] {
  const { release, can } = detail;
  const of = nameOf(detail);
  const others = detail.environments.filter((environment) => environment.in_plan && environment.environment_id !== release.helm.environment_id && environment.blockers.length === 0);
  return [
    ...(can.plan ? [{ label: detail.plan ? 'Change the plan…' : 'Plan…', deed: { do: 'plan', releaseId: release.id } } as const] : []),
    ...(can.edit_version ? [{ label: 'Change the version…', deed: { do: 'edit_version', releaseId: release.id, of, version: release.version } } as const] : []),
    ...(detail.plan && release.helm.action !== 'none' ? [{ label: 'Rehearse…', deed: { do: 'rehearse', releaseId: release.id, of } } as const] : []),
    ...[targetAction(detail)].filter((action) => action !== undefined),
    { label: 'What would change…', deed: { do: 'compare', releaseId: release.id, environmentId: null, of } },
    ...others.map((environment): Action => ({ label: `Deploy to ${environment.name}…`, deed: { do: 'deploy', releaseId: release.id, environmentId: environment.environment_id, of, environment: environment.name, cautions: environment.cautions ?? [] } })),
    ...detail.environments.filter(({ in_plan, is_current, scheduled }) => detail.plan && in_plan && !is_current && !scheduled && detail.can.abort).map((environment) => scheduleAction(environment, release.id, of, `Schedule for ${environment.name}…`)),
    ...backActions(detail).slice(1),
    ...unexplained(detail).map((run) => explainAction(run, `Say why ${run.pipeline} ran…`)),
    ...detail.environments.map((environment): Action => ({ label: `Lock ${environment.name}…`, deed: { do: 'lock', productId: release.product_id, environmentId: environment.environment_id, place: `${release.product} in ${environment.name}` } })),
    can.unmark ? { label: 'Take the bad mark back…', deed: { do: 'unmark', releaseId: release.id, of } } : { label: 'Mark it bad…', refused: can.mark_bad ? undefined : 'It is marked already.', deed: { do: 'mark_bad', releaseId: release.id, of } },
    { label: 'Abort the release…', refused: can.abort ? undefined : 'It is closed, or a deployment of it is under way.', deed: { do: 'abort', releaseId: release.id, of } },
  ];
}

/** Where the release could be rolled back, the last environment of the path first. */
export function backActions(detail: ReleaseDetail): Action[] {
  const here = detail.environments.filter((environment) => environment.is_current || (environment.deployment?.kind === 'deploy' && !environment.deployment.ended_at));
  return here.reverse().map((environment) => ({
    label: environment.rollback_target ? `Roll ${environment.name} back to ${environment.rollback_target}…` : `Roll ${environment.name} back…`,
    refused: environment.rollback_target ? undefined : `No other version was verified in ${environment.name} before.`,
    deed: { do: 'rollback', environmentId: environment.environment_id },
  }));
}

/** The freezes that hold environments of the plan, each once. */
function frozenIn(detail: ReleaseDetail, ways: Ways): FrozenModel[] {
  const blockers = detail.environments.filter(({ in_plan, is_current }) => in_plan && !is_current).flatMap((environment) => environment.blockers.filter(({ gate }) => gate === 'freeze'));
  return blockers.map((blocker) => ({ what: blocker.title, why: sentence(blocker.detail), action: wayOut(blocker, ways) }));
}

/** That it is a hotfix, on which path it is judged next, and its review. */
function hotfixOf(detail: ReleaseDetail, environment: ReleaseEnvironment | undefined): HotfixModel | undefined {
  const { hotfix, id } = detail.release;
  if (!hotfix) return undefined;
  return {
    why: `${hotfix.by} drafted it as a hotfix: ${sentence(hotfix.reason)}`,
    path: environment?.path ? sentence(environment.path) : '',
    review: hotfix.review ? `${hotfix.review.by} reviewed it: ${sentence(hotfix.review.findings)}` : '',
    action: hotfix.awaits_review ? { label: 'Record the review…', deed: { do: 'review_hotfix', releaseId: id, of: nameOf(detail) } } : undefined,
  };
}

/** What holds the next phase of a deployment under way whose phases were changed: votes on the plan as it is now. */
const heldByChange = (environment: ReleaseEnvironment | undefined): BlockerView[] =>
  environment?.deployment?.phase_changes?.length && !environment.deployment.ended_at ? environment.blockers.filter(({ gate }) => gate === 'approvals') : [];

/** Sets the day by which a release is meant to be out; none once it is over. */
function targetAction({ release }: ReleaseDetail): Action | undefined {
  if (['completed', 'rolled_back', 'aborted'].includes(release.state)) return undefined;
  const { target } = release;
  return { label: target ? 'Change the target date…' : 'Set a target date…', deed: { do: 'target_date', releaseId: release.id, of: `${release.product} ${release.version}`, day: target?.day ?? '', zone: target?.time_zone ?? '' } };
}

function targetOf(detail: ReleaseDetail): TargetDateModel | null {
  const { target } = detail.release;
  if (!target) return null;
  return { words: `${dayWords(target.day)} (${target.time_zone})`, overdue: target.is_overdue, change: targetAction(detail) };
}

export function releaseModel(detail: ReleaseDetail, deployments: readonly DeploymentView[], locks: readonly LockView[], now: number, gates: readonly GateModel[] = []): ReleaseModel {
  const { release } = detail;
  const environment = atHelm(detail);
  const isOver = release.helm.action === 'none';
  const blockers = release.helm.blockers.length || isOver ? release.helm.blockers : (environment?.blockers ?? []);
  return {
    id: release.id,
    productId: release.product_id,
    product: release.product,
    version: release.version,
    status: statusOfRelease(release),
    markedBad: release.marked_bad ? `${release.marked_bad.by} marked it bad: ${release.marked_bad.reason}` : undefined,
    hotfix: hotfixOf(detail, environment),
    frozen: isOver ? [] : frozenIn(detail, waysOf(detail, locks)),
    planDifference: detail.plan_difference ?? undefined,
    goesWith: detail.coordinated_release ?? undefined,
    scheduled: detail.environments.flatMap(({ scheduled }) => scheduled ?? []),
    runsIn: release.runs_in,
    track: trackOf(detail, now),
    helm: helmModel(detail),
    blockers: blockerModels(release.helm.deployment_id ? heldByChange(environment) : blockers, waysOf(detail, locks)),
    place: environment?.name ?? '',
    holds: isOver ? [] : holdPoints(environment?.holds ?? [], now),
    checkedAt: detail.checked_at,
    risk: isOver ? null : detail.risk,
    timeline: detail.timeline.map((item) => ({ id: String(item.seq), at: item.at, status: statusOfGlyph(item.glyph), text: sentence(item.summary), note: item.actor })),
    deployments: deployments.map((deployment) => deploymentModel(deployment, gates)),
    approvals: detail.approvals.map((vote) => ({ id: vote.id, person: vote.by, decision: vote.is_void ? 'void' : vote.verdict, at: vote.at, comment: vote.comment, signed: vote.is_signed ?? false })),
    changes: detail.changelog.map((commit) => ({ commit: commit.sha, subject: commit.title, breaking: commit.breaking, author: commit.author, at: commit.at })),
    changesSince: detail.changes_since,
    notes: detail.notes,
    canEditNotes: detail.can.edit_notes && !['completed', 'rolled_back', 'aborted'].includes(release.state),
    plan: detail.plan && planModel(detail.plan),
    facts: { source: `${capital(detail.source.kind)} ${detail.source.kind === 'commit' ? '' : detail.source.name}`.trim(), commit: detail.source.commit, tag: detail.tag, draftedBy: release.drafted_by, draftedAt: release.drafted_at },
    target: targetOf(detail),
    actions: menuActions(detail),
    rollback: backActions(detail)[0] ?? null,
  };
}

/** The release's deployments, and the rollback from it that its helm is about. */
export function deploymentsShown(own: readonly DeploymentView[], helm: DeploymentView | null): DeploymentView[] {
  const all = helm && own.every((deployment) => deployment.id !== helm.id) ? [helm, ...own] : [...own];
  return all.sort((a, b) => b.requested_at.localeCompare(a.requested_at));
}

export const release = {
  release: async (id) => {
    const [detail, own] = await Promise.all([
      call(commands.getRelease({ id })),
      call(commands.listDeployments({ product_id: null, release_id: id, environment_id: null, active_only: false, after: null, limit: MOST_DEPLOYMENTS })),
    ]);
    const atWheel = detail.release.helm.deployment_id;
    const [helm, locks, gates] = await Promise.all([
      atWheel && own.every((deployment) => deployment.id !== atWheel) ? call(commands.getDeployment({ id: atWheel })) : null,
      call(commands.listLocks({ product_id: detail.release.product_id })),
      gatesOf(detail.release.product_id),
    ]);
    return releaseModel(detail, deploymentsShown(own, helm), locks, Date.now(), gates);
  },
  saveNotes: async (id, notes) => void (await call(commands.editRelease({ id, notes, version: null }))),
  planOptions: async (releaseId) => {
    const detail = await call(commands.getRelease({ id: releaseId }));
    return planOptions(detail, await call(commands.getProduct({ id: detail.release.product_id })));
  },
  setTargetDate: async (id, day, zone) => void (await call(commands.setTargetDate({ id, day, time_zone: zone }))),
  plan: async (releaseId, environmentIds, remarks) => void (await call(commands.planRelease({ id: releaseId, environment_ids: [...environmentIds], remarks }))),
} satisfies Partial<Backend>;
