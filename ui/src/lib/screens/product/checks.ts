/** Checks as a person sets them: what a new one starts with, and what is still missing. Pure; the engine has the last word. */
import type { CheckDraft } from '$lib/api/model';

export const newCheck = (): CheckDraft => ({
  id: null, name: 'Health', probe: { kind: 'http', url: '', status_min: 200, status_max: 299, body_contains: null, slow_ms: null },
  interval_seconds: 10, timeout_ms: 5_000, failure_threshold: 3, recovery_threshold: 2, enabled: true,
});

export const versionCheck = (): CheckDraft => ({ ...newCheck(), name: 'Running version', probe: { kind: 'running_version', urls: [''], pointer: '/version' } });

/** What is wrong with an address that is watched; undefined if nothing is. */
export function urlProblem(text: string): string | undefined {
  try {
    const url = new URL(text.trim());
    if (url.username || url.password) return 'Leave name and password out of the address.';
    return url.protocol === 'http:' || url.protocol === 'https:' ? undefined : 'The address starts with http:// or https://.';
  } catch {
    return 'That is no address. It starts with http:// or https://.';
  }
}

/** `build.version` as the pointer `/build/version` (RFC 6901); a pointer stays as it is. */
export function pointerOf(typed: string): string {
  const text = typed.trim();
  if (text === '' || text.startsWith('/')) return text;
  return `/${text.split('.').map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}

export function checkProblems(check: CheckDraft): string[] {
  const { probe } = check;
  const urls = probe.kind === 'http' ? [probe.url] : probe.urls;
  const wrong = urls.map((url) => urlProblem(url)).find((problem) => problem !== undefined);
  return [
    ...(check.name.trim() ? [] : ['Give the check a name.']),
    ...(urls.length ? [] : ['Give an address at least.']),
    ...(wrong ? [wrong] : []),
    ...(check.interval_seconds >= 1 ? [] : ['Check every second at most.']),
    ...(check.timeout_ms >= 100 ? [] : ['Wait at least 0.1 s for the answer.']),
    ...(check.failure_threshold >= 1 ? [] : ['One failure at least makes it fail.']),
    ...(check.recovery_threshold >= 1 ? [] : ['One success at least makes it well again.']),
    ...(probe.kind === 'http' && !(probe.status_min >= 100 && probe.status_max <= 599 && probe.status_min <= probe.status_max) ? ['A status is between 100 and 599, the lower one first.'] : []),
  ];
}
