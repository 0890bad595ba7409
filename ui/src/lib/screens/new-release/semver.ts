/** SemVer 2.0.0 as a person types it. The engine parses it again; this is only the quick answer. */
const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** What is wrong and how to put it right; undefined if it is a version. */
export function semverProblem(typed: string): string | undefined {
  const text = typed.trim();
  if (!text) return 'Give the version.';
  if (/^v\d/.test(text)) return `Leave the v away: ${text.slice(1)}. The tag gets the product’s prefix.`;
  return SEMVER.test(text) ? undefined : 'That is no SemVer version. It has three numbers, such as 4.18.0.';
}
