import { describe, expect, it } from 'vitest';
import { manual } from '../../../../tests/fixtures/documents';
import { documentLook, listOf, releaseLook, unreadWords } from './words';

describe('how a document stands', () => {
  it('tells the worst first', () => {
    expect(documentLook({ ...manual, stale: [], unread: [] }).text).toBe('Up to date');
    expect(documentLook({ ...manual, stale: [], unread: ['Aiko'] }).text).toBe('1 to read it');
    expect(documentLook({ ...manual, stale: ['x'], unread: ['Aiko'] }).text).toBe('Out of date');
    expect(documentLook({ ...manual, number: 0 }).text).toBe('No text yet');
    expect(documentLook({ ...manual, retired: '' }).text).toBe('Out of use');
  });
  it('tells what a release waits for', () => {
    const known = { document: manual, asked: null, review: null, overdue_since: null, is_met: true };
    expect(releaseLook(known).text).toBe('Untouched');
    expect(releaseLook({ ...known, asked: 'a was changed', is_met: false }).text).toBe('To be reviewed');
    expect(releaseLook({ ...known, overdue_since: '2026-11-01T00:00:00Z', is_met: false }).text).toBe('Review overdue');
    expect(releaseLook({ ...known, is_met: false }).text).toBe('To be read');
  });
  it('names readers, and counts the others', () => {
    expect(unreadWords({ ...manual, unread: [] })).toBe('');
    expect(unreadWords({ ...manual, unread: ['A', 'B', 'C', 'D', 'E'] })).toBe('5 people have not read it: A, B, C and 2 more.');
  });
  it('reads lists', () => expect(listOf('deploy/**, *.md\n\n ops ')).toEqual(['deploy/**', '*.md', 'ops']));
});
