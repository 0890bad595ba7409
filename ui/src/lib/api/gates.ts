/** What waits for a person at a provider, as the screens show it, and the answer to it. */
import type { Status } from '$lib/status';
import { commands, type GateStateWord, type GateView } from './bindings';
import type { Backend } from './backend';
import { blockerPoints } from './blockers';
import { call } from './call';
import type { Action, GateAsk, GateInput, GateModel, Id } from './model';
import { sentence } from './words';

const statuses: Record<GateStateWord, Status> = {
  waiting: 'waiting',
  answering: 'verifying',
  answer_unknown: 'verifying',
  answered: 'approved',
  too_late: 'cancelled',
  gone: 'cancelled',
};

const inputOf = ({ input, hidden }: GateView['inputs'][number]): GateInput => ({
  name: input.name,
  description: input.description,
  kind: input.kind === 'environment' ? 'text' : input.kind,
  options: input.choices,
  required: input.required,
  initial: input.default_value ?? (input.kind === 'boolean' ? 'false' : ''),
  hidden,
});

const askOf = (gate: GateView): GateAsk => ({
  gateId: gate.id,
  heading: gate.heading,
  provider: gate.provider,
  environment: gate.environment,
  inputs: gate.inputs.map(inputOf),
  keepsComment: gate.takes_comment,
  grave: gate.needs_confirmation,
});

function factsOf(gate: GateView): GateModel['facts'] {
  const version = gate.product && gate.version ? `${gate.product} ${gate.version}` : gate.product;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Release', version],
    ['Environment', gate.environment],
    ['Asked by', gate.requested_by ?? gate.started_by],
    ['Started there by', gate.requested_by && gate.started_by && gate.started_by !== gate.requested_by ? gate.started_by : null],
    ['Pipeline', `${gate.pipeline}, run ${gate.run}`],
    ['At', `${gate.connection}, ${gate.repository}`],
  ];
  return facts.flatMap(([label, text]) => (text ? [{ label, text }] : []));
}

export function gateModel(gate: GateView): GateModel {
  const ask = askOf(gate);
  const answer = (verdict: 'approve' | 'reject', label: string, obstacle: string | null): Action => ({ label, deed: { do: 'answer_gate', verdict, gate: ask }, ...(obstacle ? { refused: obstacle } : {}) });
  return {
    id: gate.id,
    deploymentId: gate.deployment_id,
    status: gate.state === 'answered' && gate.answer?.verdict === 'reject' ? 'cancelled' : statuses[gate.state],
    heading: gate.heading,
    message: gate.message,
    waits: gate.state === 'waiting',
    standing: [gate.state_reason, gate.next_step].filter(Boolean).map(sentence).join(' '),
    facts: factsOf(gate),
    since: gate.since,
    expiresAt: gate.expires_at,
    inTheWay: blockerPoints(gate.blockers),
    approve: answer('approve', gate.kind === 'manual_job' ? 'Start it…' : gate.kind === 'input' ? 'Go on…' : 'Approve…', gate.approve_obstacle),
    reject: answer('reject', gate.kind === 'input' ? 'Stop it…' : 'Reject…', gate.reject_obstacle),
    page: gate.url ? { label: `Open it at ${gate.provider}`, deed: { do: 'open', url: gate.url } } : null,
  };
}

/** What is said after an answer, and whether it was taken. */
export function answered(gate: GateView): { readonly text: string; readonly taken: boolean } {
  return { text: sentence(gate.state_reason || gate.heading), taken: gate.state === 'answered' };
}

/** The gates that the runs of a release's deployments wait for. */
export async function gatesOf(productId: Id): Promise<readonly GateModel[]> {
  const open = await call(commands.listGates({ product_id: productId, deployment_id: null, open_only: true, limit: 100 }));
  return open.map(gateModel);
}

export const gates = {
  answerGate: async (gateId, verdict, comment, inputs) =>
    answered(await call(commands.answerGate({ id: gateId, verdict, comment, inputs: inputs.map(({ name, value }) => ({ name, value })) }))),
  lookAtGates: async () => {
    const unseen = await call(commands.lookAtGates());
    return unseen.map(({ repository, error }) => `${repository}: ${error.message}`);
  },
} satisfies Partial<Backend>;
