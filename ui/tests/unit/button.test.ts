import { render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import Button from '$lib/components/Button.svelte';

const text = (label: string) => createRawSnippet(() => ({ render: () => `<span>${label}</span>` }));

describe('a button', () => {
  it('that is refused stays focusable, says why, and does nothing', () => {
    const onclick = vi.fn();
    render(Button, { children: text('Deploy'), refused: 'One approval is missing.', onclick });
    const button = screen.getByRole('button', { name: 'Deploy' });
    button.focus();
    button.click();
    expect(document.activeElement).toBe(button);
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent).toBe('One approval is missing.');
    expect(onclick).not.toHaveBeenCalled();
  });

  it('does not act twice while it is at work', () => {
    const onclick = vi.fn();
    render(Button, { children: text('Deploy'), loading: true, onclick });
    const button = screen.getByRole('button', { name: 'Deploy' });
    button.click();
    expect(button.getAttribute('aria-busy')).toBe('true');
    expect(onclick).not.toHaveBeenCalled();
  });

  it('that leads somewhere is a link, and none when it is refused', async () => {
    const { rerender } = render(Button, { children: text('Open'), href: '/health' });
    expect(screen.getByRole('link', { name: 'Open' }).getAttribute('href')).toBe('/health');
    await rerender({ children: text('Open'), href: '/health', refused: 'Not yet.' });
    expect(screen.queryByRole('link')).toBeNull();
  });
});
