import { render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import CoordinatedList from '$lib/screens/coordinated/CoordinatedList.svelte';
import CoordinatedView from '$lib/screens/coordinated/CoordinatedView.svelte';
import { coordinated } from '../fixtures/coordination';

describe('a coordinated release', () => {
  // Where the window's shell has menus drawn.
  const main = document.createElement('main');
  main.id = 'main';
  beforeEach(() => document.body.append(main));
  afterEach(() => main.remove());

  it('shows its members by environments, each with its state in words', () => {
    render(CoordinatedView, { model: coordinated });
    const table = screen.getByRole('table', { name: 'Members of Autumn by environments' });
    const shop = within(table).getByRole('row', { name: /shop 2\.0\.0/u });
    expect(shop.textContent).toContain('Waits for a person');
    expect(shop.textContent).toContain('No such environment');
  });

  it('asks about the member that can’t go on, and offers to roll all back', () => {
    render(CoordinatedView, { model: coordinated });
    const way = screen.getByRole('region', { name: 'On its way to staging' });
    expect(within(way).getByRole('button', { name: 'Try again' })).toBeTruthy();
    expect(within(way).getByRole('button', { name: 'Go on without it…' })).toBeTruthy();
    expect(within(way).getByRole('button', { name: 'Roll all back…' })).toBeTruthy();
  });

  it('lets nobody change who goes along while it is on its way', () => {
    render(CoordinatedView, { model: coordinated });
    expect(screen.queryByRole('button', { name: 'Add a release…' })).toBeNull();
    expect(screen.queryByRole('button', { name: /Take out/u })).toBeNull();
  });

  it('says what it is for where there is none', () => {
    render(CoordinatedList, { rows: [], onadd: () => undefined });
    expect(screen.getByRole('button', { name: 'Make a coordinated release…' })).toBeTruthy();
  });
});
