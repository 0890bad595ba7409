import { describe, expect, it } from 'vitest';
import { offsetOf } from './caret';

describe('a place in a text', () => {
  const text = 'name: A\nsteps:\n  - url: x';
  it('is found by line and column', () => {
    expect(offsetOf(text, 1, 1)).toBe(0);
    expect(text.slice(offsetOf(text, 3, 5))).toBe('url: x');
  });
  it('stays within the text', () => {
    expect(offsetOf(text, 2, 99)).toBe(14);
    expect(offsetOf(text, 99, 99)).toBe(text.length);
    expect(offsetOf('', 0, 0)).toBe(0);
  });
});
