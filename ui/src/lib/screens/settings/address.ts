/** The address of a provider's API as a person types it. Pure. */
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What is wrong with the address and how to put it right; undefined if it can be used. */
export function addressProblem(typed: string): string | undefined {
  const text = typed.trim();
  if (!text) return 'Type the address of the API, such as https://git.example.com/api/v3.';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'That is no address. It starts with https:// and names the server.';
  }
  if (url.username || url.password) return 'Leave name and password out of the address. The token goes below.';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') return LOOPBACK.test(url.hostname) ? undefined : 'Use https: over http the token could be read on the way.';
  return 'The address starts with https://.';
}
