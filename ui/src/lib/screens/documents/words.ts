/** What documents are called, how they stand, and how lists are written as text. */
import type { DocumentKind, ProductDocument, ReleaseDocument } from '$lib/api';
import { listed, plural } from '$lib/format';
import type { Status } from '$lib/status';

export const kinds: readonly { readonly value: DocumentKind; readonly label: string }[] = [
  { value: 'user_guide', label: 'User guide' },
  { value: 'operations_manual', label: 'Operations manual' },
  { value: 'troubleshooting', label: 'Troubleshooting guide' },
  { value: 'release_notes', label: 'Release notes' },
  { value: 'other', label: 'Other' },
];

export const kindWord = (kind: DocumentKind): string => kinds.find(({ value }) => value === kind)?.label ?? kind;

export interface Look {
  readonly status: Status;
  readonly text: string;
}

/** How a document stands, whatever the release. */
export function documentLook(document: ProductDocument): Look {
  if (document.retired !== null) return { status: 'cancelled', text: 'Out of use' };
  if (document.number === 0) return { status: 'not_started', text: 'No text yet' };
  if (document.stale.length > 0) return { status: 'notice', text: 'Out of date' };
  if (document.unread.length > 0) return { status: 'waiting', text: `${document.unread.length} to read it` };
  return { status: 'passed', text: 'Up to date' };
}

/** How a document stands for a release. */
export function releaseLook(known: ReleaseDocument): Look {
  if (known.is_met) return known.asked || known.review ? { status: 'passed', text: 'Reviewed' } : { status: 'skipped', text: 'Untouched' };
  if (known.asked && !known.review) return { status: 'waiting', text: 'To be reviewed' };
  if (known.overdue_since) return { status: 'notice', text: 'Review overdue' };
  return { status: 'waiting', text: 'To be read' };
}

/** Who has yet to read it, in a sentence; empty where all have. */
export function unreadWords(document: ProductDocument): string {
  const { unread } = document;
  if (unread.length === 0) return '';
  const names = unread.length > 3 ? [...unread.slice(0, 3), `${unread.length - 3} more`] : unread;
  return `${plural(unread.length, 'person has', 'people have')} not read it: ${listed(names)}.`;
}

/** Words that are parted by commas or line ends. */
export const listOf = (text: string): string[] => text.split(/[,\n]/).map((word) => word.trim()).filter(Boolean);
