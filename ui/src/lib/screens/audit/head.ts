/** The head of the chain as text that is kept elsewhere. Pure. */
import type { AuditHead } from '$lib/api/model';

export const headText = (head: AuditHead): string => JSON.stringify({ seq: head.seq, hash: head.hash });

/** A head from its text; undefined where it is none. */
export function parseHead(text: string): AuditHead | undefined {
  try {
    const { seq, hash } = JSON.parse(text) as Partial<AuditHead>;
    return Number.isInteger(seq) && (seq as number) >= 0 && typeof hash === 'string' && hash !== '' ? { seq: seq as number, hash } : undefined;
  } catch {
    return undefined;
  }
}
