import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { PhaseModel } from '$lib/api/model';
import PhaseTrack from '$lib/components/PhaseTrack.svelte';

const phase = (title: string, status: PhaseModel['status'], current = false): PhaseModel => ({ title, status, current, gates: [] });

describe('the phase track', () => {
  it('marks the current step for readers', () => {
    render(PhaseTrack, { phases: [phase('5 %', 'passed'), phase('25 %', 'baking', true), phase('100 %', 'not_started')] });
    expect(screen.getAllByRole('listitem').find((item) => item.getAttribute('aria-current') === 'step')?.textContent).toContain('25 %');
  });

  it('folds the finished phases at the front when there are more than six', () => {
    const phases = ['1', '2', '3', '4', '5'].map((title) => phase(title, 'passed')).concat([phase('6', 'running', true), phase('7', 'not_started'), phase('8', 'not_started')]);
    const { container } = render(PhaseTrack, { phases });
    expect(container.textContent).toContain('3 passed: 1, 2, 3');
    expect(container.querySelectorAll('.ph')).toHaveLength(5);
  });

  it('never folds a phase that failed', () => {
    const phases = [phase('1', 'failed'), ...['2', '3', '4', '5', '6', '7'].map((title) => phase(title, 'not_started'))];
    const { container } = render(PhaseTrack, { phases });
    expect(container.querySelectorAll('.ph')).toHaveLength(7);
  });
});
