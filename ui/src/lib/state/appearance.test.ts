import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { appearance } from './appearance.svelte';

const root = document.documentElement;

describe('appearance', () => {
  afterEach(() => {
    appearance.theme = 'system';
    appearance.contrast = 'system';
    appearance.density = 'regular';
  });

  it('is written to the root, and what follows the system is not', () => {
    appearance.theme = 'dark';
    appearance.contrast = 'more';
    expect([root.dataset.theme, root.dataset.contrast]).toEqual(['dark', 'more']);
    appearance.theme = 'system';
    appearance.contrast = 'system';
    expect([root.dataset.theme, root.dataset.contrast]).toEqual([undefined, undefined]);
  });

  it('goes round the densities', () => {
    expect([appearance.cycleDensity(), appearance.cycleDensity(), appearance.cycleDensity()]).toEqual(['roomy', 'compact', 'regular']);
  });

  it('is applied before the first paint by the script that the page loads', () => {
    appearance.theme = 'dark';
    appearance.density = 'compact';
    for (const name of ['theme', 'density']) root.removeAttribute(`data-${name}`);
    const before = new Function(readFileSync('static/appearance.js', 'utf8'));
    before();
    expect([root.dataset.theme, root.dataset.density]).toEqual(['dark', 'compact']);
  });
});
