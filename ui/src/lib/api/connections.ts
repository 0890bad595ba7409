/** Connections to providers. A token only passes through here. */
import { listed } from '$lib/format';
import type { Status } from '$lib/status';
import { commands, type CapabilityView, type CertificateRefusalView, type ConnectionCheck, type ConnectionView, type ProviderKindView, type RateLimitView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import type { ConnectionModel, Point, ProviderOption } from './model';

const states: Record<ConnectionView['status'], Status> = { valid: 'healthy', limited: 'degraded', refused: 'failing', unverified: 'no_data' };

/** How a connection is, in a few words. */
export function connectionLine(connection: ConnectionView): string {
  switch (connection.status) {
    case 'valid':
      return 'Works';
    case 'limited':
      return `Lacks ${listed(connection.missing)}`;
    case 'refused':
      return connection.reason ? `Refused: ${connection.reason}` : 'The token is refused';
    case 'unverified':
      return 'Not verified yet';
  }
}

export interface Asked {
  readonly rate: RateLimitView | null;
  readonly at: string;
}

export function connectionModel(connection: ConnectionView, asked?: Asked): ConnectionModel {
  const rate = connection.budget ?? asked?.rate;
  return {
    id: connection.id,
    provider: connection.kind_name,
    name: connection.name,
    baseUrl: connection.base_url,
    user: connection.user ?? null,
    profile: connection.profile,
    network: connection.network,
    status: states[connection.status],
    line: connectionLine(connection),
    usable: connection.status === 'valid' || connection.status === 'limited',
    account: connection.login,
    scopes: connection.scopes,
    missing: connection.missing,
    expiresAt: connection.expires_at,
    refusedSince: connection.refused_since,
    products: connection.products,
    rate: rate ? { remaining: rate.remaining, limit: rate.limit, resetsAt: rate.resets_at } : null,
    pausedUntil: connection.paused_until ?? null,
    checkedAt: asked?.at ?? null,
  };
}

/** Why a certificate is refused, in a sentence. */
export function faultLine({ fault, host }: CertificateRefusalView): string {
  switch (fault) {
    case 'self_signed':
      return `${host} shows a certificate that it has signed itself.`;
    case 'unknown_issuer':
      return `${host} shows a certificate from an authority that this computer doesn’t trust.`;
    case 'wrong_name':
      return `The certificate is not for ${host}.`;
    case 'expired':
      return `The certificate of ${host} has expired.`;
    case 'not_yet_valid':
      return `The certificate of ${host} is not good yet.`;
    case 'changed':
      return `${host} shows another certificate than the one that you trust.`;
    case 'other':
      return `The certificate of ${host} can’t be accepted.`;
  }
}

/** What the provider said when it was last asked from this window: the store doesn't keep it. */
const askedOf = new Map<string, Asked>();

function checked({ connection, rate_limit: rate }: ConnectionCheck): ConnectionModel {
  const asked = { rate, at: new Date().toISOString() };
  askedOf.set(connection.id, asked);
  return connectionModel(connection, asked);
}

const supports = { full: 'passed', limited: 'notice', lacking: 'not_started' } as const satisfies Record<CapabilityView['support'], Status>;
const supportWords = { full: '', limited: 'with a limit', lacking: 'not there' } as const;

/** What a provider can and can't do: what it lacks says why, and what serves instead. */
export const capabilityPoints = (capabilities: readonly CapabilityView[]): Point[] =>
  capabilities.map(({ title, support, note }) => ({ status: supports[support], text: note ? `${title}: ${note}` : title, note: supportWords[support] }));

export const providerOption = ({ kind, name, fields, needs, capabilities }: ProviderKindView): ProviderOption => ({
  kind, name, fields, needs, capabilities, secret: fields.find((field) => field.key === 'token')?.label ?? '',
});

export const connections = {
  providerKinds: async () => (await call(commands.providerKinds())).map(providerOption),
  connections: async () => (await call(commands.listConnections())).map((connection) => connectionModel(connection, askedOf.get(connection.id))),
  addConnection: async ({ provider, name, baseUrl, user, region, role, profile, token, sessionToken, network, trustedFingerprint }) =>
    checked(await call(commands.addConnection({ kind: provider, name, base_url: baseUrl, user, region, role, profile, token, session_token: sessionToken, network, trusted_fingerprint: trustedFingerprint }))),
  replaceToken: async (id, { user, token, sessionToken }) => checked(await call(commands.replaceToken({ id, user, token, session_token: sessionToken }))),
  editNetwork: async (id, network, trust, forget) => checked(await call(commands.editNetwork({ id, network, trusted_fingerprint: trust, forget_trusted: forget }))),
  verifyConnection: async (id) => checked(await call(commands.verifyConnection({ id }))),
  removeConnection: async (id) => {
    await call(commands.removeConnection({ id }));
    askedOf.delete(id);
  },
} satisfies Partial<Backend>;
