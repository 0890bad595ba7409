/** Deployments, their runs and their questions as the screens show them. */
import { asStatus, type Status } from '$lib/status';
import { commands, type DecisionWord, type DeploymentView, type PhaseView, type QuestionView, type QuestionWord, type RunView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { Choice, DeploymentModel, GateModel, Point, QuestionModel, RunModel, Segment } from './model';
import { rolloutModel } from './rollout';
import { joined, sentence, statusOfRun } from './words';

/** A deployment is told by one state. A phase under way says more than "in progress". */
export function statusOfDeployment(deployment: DeploymentView): Status {
  switch (deployment.state) {
    case 'queued':
      return 'queued';
    case 'awaiting_decision':
      return 'waiting';
    case 'succeeded':
      return deployment.kind === 'rollback' ? 'rolled_back' : 'verified';
    case 'in_progress':
      if (deployment.phases.some((phase) => phase.state === 'failing')) return 'failing';
      if (deployment.phases.some((phase) => phase.state === 'baking')) return 'baking';
      if (deployment.paused && deployment.phases.some((phase) => phase.state === 'ready')) return 'paused';
      return deployment.phases.some((phase) => phase.state === 'verifying') ? 'verifying' : 'deploying';
    default:
      return asStatus(deployment.state);
  }
}

/** `4.18.0`, or for a rollback `back to 4.17.3`. */
export const whatOf = ({ kind, version }: Pick<DeploymentView, 'kind' | 'version'>): string => (kind === 'rollback' ? `back to ${version}` : version);

/** One line of state, as a matrix cell has room for. */
export function lineOf(deployment: DeploymentView): string {
  const line = deployment.state_reason.trim();
  if (deployment.state === 'awaiting_decision') return `Waits for a decision: ${line}`;
  if (deployment.trouble) return `No answer for now: ${deployment.trouble.message}`;
  if (deployment.kind === 'rollback' && deployment.state === 'in_progress') return line ? `Rolling back: ${line}` : 'Rolling back';
  return line || 'Deploying';
}

/** Its phases as a bar; none where there is only one phase and nothing of its run to be seen yet. */
export function segmentsOf(deployment: DeploymentView): Segment[] {
  const { phases } = deployment;
  let before = 0;
  return phases.map((phase) => {
    const share = Math.max(0.05, (phase.weight_percent - before) / 100);
    before = phase.weight_percent;
    const state = phase.state === 'passed' ? 'done' : phase.state === 'ended' || phase.state === 'failing' ? 'failed' : phase.state === 'pending' || phase.state === 'left_out' ? 'todo' : 'active';
    return state === 'active' ? { share, state, done: progressOf(phase) } : { share, state };
  });
}

/** How much of a phase's run is over, by its steps: 0.05 to 0.95, since a run under way is neither unbegun nor done. */
export function progressOf(phase: PhaseView): number {
  if (phase.state === 'verifying') return 0.95;
  if (phase.watch && phase.watch_seconds > 0) return Math.min(0.95, Math.max(0.05, phase.watch.watched_seconds / phase.watch_seconds));
  const jobs = phase.run?.jobs ?? [];
  const ended = (status: string) => !['queued', 'in_progress', 'waiting', 'unknown'].includes(status);
  const parts = jobs.map((job) => (ended(job.status) ? 1 : job.steps.length ? job.steps.filter((step) => ended(step.status)).length / job.steps.length : 0));
  const share = parts.length ? parts.reduce((sum, part) => sum + part, 0) / parts.length : 0;
  return Math.min(0.95, Math.max(0.05, share));
}

export function runModel(run: RunView): RunModel {
  return {
    id: run.external_id,
    number: run.external_id,
    title: run.title,
    attempt: run.attempt,
    status: statusOfRun(run.status),
    url: run.url || null,
    startedAt: run.created_at,
    jobs: run.jobs.map((job) => ({
      id: job.id,
      name: job.name,
      stage: job.stage,
      status: statusOfRun(job.status),
      startedAt: job.started_at,
      finishedAt: job.ended_at,
      steps: job.steps.map((step) => ({ name: step.name, status: statusOfRun(step.status) })),
    })),
  };
}

/** What an answer is called and what it does. */
const choices: Record<Exclude<DecisionWord, 'adopt'>, Omit<Choice, 'word'>> = {
  trigger: { label: 'Trigger it', consequence: 'The pipeline is started once. Choose this only if you have seen at the provider that nothing runs: a second run would deploy twice.', needsReason: false, danger: true },
  keep_looking: { label: 'Keep looking', consequence: 'Pilothouse asks the provider again and goes on as soon as it answers. Nothing is started.', needsReason: false, danger: false },
  redeploy: { label: 'Start the pipeline instead', consequence: 'The deploy pipeline is started once with the earlier version, in place of the provider’s own way. Choose this only if you have seen at the provider that nothing runs.', needsReason: false, danger: true },
  rerun_failed: { label: 'Run the failed jobs again', consequence: 'A further attempt of the same run: jobs that passed are not repeated.', needsReason: false, danger: false },
  rerun_all: { label: 'Run all jobs again', consequence: 'A further attempt of the same run, from its first job.', needsReason: false, danger: false },
  verify_again: { label: 'Verify again', consequence: 'The service is asked again for its version and its checks. Nothing is deployed.', needsReason: false, danger: false },
  accept: { label: 'Accept it', consequence: 'The deployment counts as verified because you say so. Your reason is recorded with your name.', needsReason: true, danger: false },
  leave_out: { label: 'Go on without this group', consequence: 'This group keeps what it has; the next phase begins. Your reason is recorded with your name.', needsReason: true, danger: false },
  go_on: { label: 'Begin the next phase', consequence: 'The phase has passed, and the next one is triggered.', needsReason: false, danger: false },
  give_up: { label: 'Give up', consequence: 'The deployment ends here. What has been deployed until now stays where it is.', needsReason: false, danger: true },
};

/** What answers are called where they are about a phase that is watched. */
const ofPhases: Partial<Record<DecisionWord, Pick<Choice, 'label' | 'consequence'>>> = {
  verify_again: { label: 'Measure again', consequence: 'The phase is watched anew, from its beginning. Nothing is deployed.' },
  accept: { label: 'Let it pass', consequence: 'The phase counts as passed because you say so, and the next one begins. Your reason is recorded with your name.' },
};
const aboutPhases: ReadonlySet<QuestionWord> = new Set<QuestionWord>(['phase_failed', 'phase_undecided', 'phase_errored', 'go_on']);

/** Where triggering can't deploy twice: no run began, or the one that did is over. */
const triggers: Partial<Record<QuestionWord, Pick<Choice, 'label' | 'consequence' | 'danger'>>> = {
  blocked_at_start: { label: 'Trigger it', consequence: 'All rules are asked once more, then the pipeline is started.', danger: false },
  trigger_refused: { label: 'Trigger it again', consequence: 'All rules are asked once more, then the pipeline is started.', danger: false },
  phase_failed: { label: 'Deploy the phase again', consequence: 'All rules are asked once more, then the pipeline is started anew for this phase.', danger: false },
  run_failed: { label: 'Trigger a new run', consequence: 'All rules are asked once more, then the pipeline is started anew, from its first job. The failed run stays as it is.', danger: false },
};

/** The answers that a question takes, one per candidate where a run is to be chosen. */
export function choicesOf(question: Pick<QuestionView, 'question' | 'choices' | 'candidates'>): Choice[] {
  return question.choices.flatMap((word): Choice[] => {
    if (word === 'adopt') {
      return question.candidates.map((run) => ({
        word, runId: run.external_id, label: `It is run ${run.external_id}`, consequence: `“${run.title}” is followed as the run of this deployment. Nothing is started.`, needsReason: false, danger: false,
      }));
    }
    return [{ word, ...choices[word], ...(word === 'trigger' ? triggers[question.question] : {}), ...(aboutPhases.has(question.question) ? ofPhases[word] : {}) }];
  });
}

export function questionModel(question: QuestionView): QuestionModel {
  return {
    message: sentence(question.message),
    nextStep: question.next_step,
    askedOf: question.asked_of,
    taken: question.taken,
    since: question.since,
    choices: choicesOf(question),
    unavailable: question.unavailable.flatMap(({ choice, why }) => (choice === 'adopt' ? [] : [{ label: choices[choice].label, why: sentence(why) }])),
    candidates: question.candidates.map((run) => ({ id: run.external_id, title: run.title, url: run.url, status: statusOfRun(run.status), createdAt: run.created_at })),
  };
}

/** What else must be known of a deployment. */
function notesOf(deployment: DeploymentView): Point[] {
  const notes: Point[] = [];
  if (deployment.reason) notes.push({ status: 'rolled_back', text: `Rolled back because: ${deployment.reason}` });
  if (deployment.native !== null) notes.push({ status: 'rolled_back', text: deployment.native ? `The provider’s own way: ${sentence(deployment.native)}` : 'In the provider’s own way' });
  if (deployment.trouble) notes.push({ status: 'errored', text: sentence(deployment.trouble.message) });
  if (deployment.cancel) {
    const { by, reason, accepted_at: accepted } = deployment.cancel;
    const hard = deployment.ended_at ? '' : deployment.lacks.find(({ capability }) => capability === 'force_cancel')?.note;
    notes.push({ status: 'cancelled', text: `${by} asked to stop it${reason ? `: ${reason}` : ''}. ${accepted ? 'The provider has accepted that.' : 'The provider is being asked.'}${hard ? ` It stops at its own pace: ${hard}.` : ''}` });
  }
  return notes;
}

export const nameOf = (deployment: DeploymentView): string => `${deployment.product} ${whatOf(deployment)} in ${deployment.environment}`;

export function deploymentModel(deployment: DeploymentView, gates: readonly GateModel[] = [], now = Date.now()): DeploymentModel {
  const isOver = deployment.ended_at !== null;
  const lacking = (capability: string) => deployment.lacks.find((lack) => lack.capability === capability)?.note ?? '';
  const unstoppable = !isOver && !deployment.cancel && deployment.state !== 'queued' ? lacking('cancel') : '';
  const refused = deployment.can_cancel ? undefined : `It can’t be stopped from here: ${unstoppable}.`;
  const cancel = deployment.can_cancel || unstoppable ? { label: 'Cancel…', deed: { do: 'cancel' as const, deploymentId: deployment.id, of: nameOf(deployment) }, refused } : null;
  return {
    id: deployment.id,
    environment: deployment.environment,
    what: whatOf(deployment),
    logs: { none: lacking('logs'), later: lacking('live_logs') },
    status: statusOfDeployment(deployment),
    line: deployment.question ? '' : sentence(joined([deployment.state_reason])),
    pipeline: deployment.pipeline,
    requestedBy: deployment.requested_by,
    requestedAt: deployment.requested_at,
    endedAt: deployment.ended_at,
    notes: notesOf(deployment),
    verifyUntil: isOver ? undefined : (deployment.verify_until ?? undefined),
    runs: deployment.phases.flatMap((phase) => (phase.run ? [runModel(phase.run)] : [])),
    rollout: rolloutModel(deployment, nameOf(deployment), now),
    question: deployment.question ? questionModel(deployment.question) : null,
    gates: gates.filter((gate) => gate.deploymentId === deployment.id),
    cancel,
  };
}

/** Why a phase stays as it is. */
function settledWords({ state }: PhaseView): string {
  if (state === 'left_out') return 'It was left out.';
  return state === 'passed' || state === 'ended' ? 'It is over.' : 'It has begun.';
}

export const deployments = {
  releaseOf: async (deploymentId) => {
    const deployment = await call(commands.getDeployment({ id: deploymentId }));
    return deployment.release_id;
  },
  phasesToChange: async (deploymentId) => {
    const deployment = await call(commands.getDeployment({ id: deploymentId }));
    const product = await call(commands.getProduct({ id: deployment.product_id }));
    const environment = product.environments.find((one) => one.id === deployment.environment_id);
    return {
      environment: deployment.environment,
      phases: deployment.phases.map((phase) => phase.planned),
      settled: Object.fromEntries(deployment.phases.filter((phase) => !phase.is_to_come).map((phase) => [phase.name, settledWords(phase)])),
      seen: deployment.phase_changes?.length ?? 0,
      checks: (environment?.checks ?? []).map((check) => check.name),
    };
  },
  previewPhases: async (id, phases, seen) => call(commands.previewPhases({ id, phases: [...phases], seen, reason: '' })),
  changePhases: async (id, phases, seen, reason) => void (await call(commands.changePhases({ id, phases: [...phases], seen, reason }))),
  log: async (deploymentId, jobId) => {
    const { text, truncated, is_complete: complete } = await call(commands.jobLog({ deployment_id: deploymentId, job_id: jobId }));
    const lines = text === null ? [] : text.split(/\r?\n/);
    // A text ends with a line end: what follows it is no line.
    if (lines.at(-1) === '') lines.pop();
    return { lines, truncated, complete };
  },
} satisfies Partial<Backend>;
