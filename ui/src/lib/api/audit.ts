/** The audit log: its entries in words, and whether the chain of hashes holds. */
import { number, plural } from '$lib/format';
import { commands, type ApprovalReportView, type AuditEventView, type ChainReportView } from './bindings';
import type { Backend } from './backend';
import { call } from './call';
import { changedHere } from './changes';
import type { ApprovalsVerdict, AuditEntry, AuditVerdict } from './model';
import { capital, joined, sentence, statusOfGlyph } from './words';

/** Entries of one answer, and how many are read at most for one page of a search. */
const PAGE = 200;
const SEARCH_PAGE = 1_000;
const MOST_SEARCHED = 20_000;

/** `deployment.cancel_requested` as people say it: `Cancel requested`. */
export function actionWords(action: string): string {
  const done = action.split('.').at(-1) ?? action;
  return capital(done.replaceAll('_', ' '));
}

export function auditEntry(event: AuditEventView): AuditEntry {
  return {
    sequence: event.seq,
    at: event.at,
    status: statusOfGlyph(event.glyph),
    actor: event.actor,
    action: actionWords(event.action),
    subject: capital(event.subject_kind.replaceAll('_', ' ')),
    subjectId: event.subject_id,
    summary: event.summary,
    data: event.data,
    hash: event.hash,
    previousHash: event.previous_hash,
  };
}

/** Whether an entry holds every word. */
export function matchesWords(entry: AuditEntry, words: string): boolean {
  const text = `${entry.actor} ${entry.action} ${entry.subject} ${entry.summary}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

/** How many approvals were looked at, in a sentence; empty where only faults are left to tell. */
export function approvalsSentence({ signed, unsigned, faults }: ApprovalReportView): string {
  if (signed + unsigned + faults.length === 0) return 'No approval is stored yet.';
  const fit = signed > 0 ? `${plural(signed, 'approval carries', 'approvals carry')} a signature that fits` : '';
  const old = unsigned > 0 ? `${number(unsigned)} ${unsigned === 1 ? 'is' : 'are'} from before approvals were signed` : '';
  return sentence(joined([fit, old]));
}

export function approvalsVerdict(report: ApprovalReportView = { signed: 0, unsigned: 0, faults: [] }): ApprovalsVerdict {
  const faults = report.faults.map((fault) => ({ id: fault.approval_id, releaseId: fault.release_id, version: fault.version, at: fault.at, text: sentence(fault.message) }));
  return { signed: report.signed, text: approvalsSentence(report), faults };
}

export function auditVerdict(report: ChainReportView, at: string, againstHead: boolean): AuditVerdict {
  const { fault, verified } = report;
  const base = { verifiedTo: verified.seq, at, againstHead, approvals: approvalsVerdict(report.approvals) };
  if (!fault) return { ...base, ok: true };
  return { ...base, ok: false, problem: sentence(fault.message), brokenAt: fault.seq };
}

let verdict: AuditVerdict | null = null;
/** What the last verification of this window found. */
export const lastVerdict = (): AuditVerdict | null => verdict;

export const audit = {
  audit: async (before, { productId, words }, signal) => {
    const limit = words ? SEARCH_PAGE : PAGE;
    const entries: AuditEntry[] = [];
    let from = before;
    // Bounded: a search that finds little reads so far and then asks whether to go on.
    for (let read = 0; read < MOST_SEARCHED && entries.length < PAGE; read += limit) {
      const events = await call(commands.auditPage({ product_id: productId || null, subject_id: null, before: from, limit }));
      entries.push(...events.map(auditEntry).filter((entry) => matchesWords(entry, words)));
      from = events.length < limit ? null : (events.at(-1)?.seq ?? null);
      if (from === null || signal.aborted) break;
    }
    return { entries, before: from };
  },
  verifyAudit: async (kept) => {
    const report = await call(commands.verifyAudit({ kept_head: kept }));
    verdict = auditVerdict(report, new Date().toISOString(), kept !== null);
    changedHere();
    return verdict;
  },
  auditHead: () => call(commands.auditHead()),
} satisfies Partial<Backend>;
