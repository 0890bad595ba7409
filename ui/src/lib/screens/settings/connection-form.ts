/** What a connection asks for, as a form: its values, what is wrong with them, and what is sent. Pure. */
import type { NewConnection, ProviderOption } from '$lib/api/model';
import { addressProblem } from './address';

type Field = ProviderOption['fields'][number];
export type FormValues = Record<Field['key'], string>;

export const emptyForm = (): FormValues => ({ base_url: '', user: '', region: '', role: '', profile: '', token: '', session_token: '' });

/** What is wrong, by field, with the way to put it right. */
export function problemsOf(fields: readonly Field[], values: FormValues): Partial<Record<Field['key'], string>> {
  const problems: Partial<Record<Field['key'], string>> = {};
  for (const { key, label, required } of fields) {
    const text = values[key].trim();
    if (!text && required && (key === 'base_url' || !values.profile.trim())) problems[key] = key === 'token' ? 'Paste a token.' : `Fill in: ${label}.`;
    else if (text && key === 'base_url') {
      const problem = addressProblem(text);
      if (problem) problems[key] = problem;
    }
  }
  return problems;
}

/** What is sent. Without a name it is the server's, or the provider's. */
export function connectionOf(provider: Pick<ProviderOption, 'kind' | 'name'>, name: string, values: FormValues): NewConnection {
  const given = (text: string) => text.trim() || null;
  const address = values.base_url.trim();
  const fallback = address ? new URL(address).hostname : [provider.name, values.region.trim() || values.profile.trim()].filter(Boolean).join(' ');
  return { provider: provider.kind, name: name.trim() || fallback, baseUrl: address, user: given(values.user), region: given(values.region), role: given(values.role), profile: given(values.profile), token: values.token.trim(), sessionToken: given(values.session_token), network: null, trustedFingerprint: null };
}
