import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown';
import corpus from './xss-corpus.txt?raw';

const vectors = corpus.split('\n').filter((line) => line && !line.startsWith('# '));
const HARMLESS = new Set(['P', 'BR', 'HR', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'CODE', 'EM', 'STRONG', 'DEL', 'A', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'SPAN']);

/** What is left of a text that could run, load or lead astray. */
function harm(text: string): string[] {
  const box = document.createElement('div');
  // Written out and read again, as a page would be: what changes its meaning on the way is found too.
  const drawn = document.createElement('div');
  drawn.append(renderMarkdown(text));
  box.innerHTML = drawn.innerHTML;
  return [...box.querySelectorAll('*')].flatMap((element) => [
    ...(HARMLESS.has(element.tagName) ? [] : [element.tagName]),
    ...[...element.attributes].filter(({ name, value }) => !(name === 'title' || name === 'start' || (name === 'href' && /^(https?|mailto):/i.test(value)))).map(({ name, value }) => `${name}=${value}`),
  ]);
}

describe('a published corpus of attacks', () => {
  it('is read', () => expect(vectors.length).toBeGreaterThan(70));
  it.each(vectors)('%s', (vector) => {
    expect(harm(vector)).toEqual([]);
    expect(harm(`- [ ] ${vector}\n\n> ${vector}\n\n| a |\n|---|\n| ${vector} |`)).toEqual([]);
  });
  it('all of it at once', () => expect(harm(vectors.join('\n'))).toEqual([]));
});
