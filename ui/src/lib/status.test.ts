import { describe, expect, it } from 'vitest';
import { asStatus, look, statuses } from './status';

describe('the status vocabulary', () => {
  it('never tells failed and errored apart by colour alone', () => {
    expect(look('failed').shape).not.toBe(look('errored').shape);
    expect(look('failed').word).not.toBe(look('errored').word);
  });

  it('shows no data as neither good nor bad', () => {
    for (const status of ['no_data', 'unknown'] as const) expect(look(status).tone).toBe('none');
  });

  it('has one word and one shape for each state, and no two states that look and read the same', () => {
    const seen = statuses.map((status) => `${look(status).shape} ${look(status).word}`);
    expect(new Set(seen).size).toBe(statuses.length);
  });

  it('tells every pair of tones apart by shape: no shape is both good and bad', () => {
    const shapes = (tone: string) => new Set(statuses.filter((status) => look(status).tone === tone).map((status) => look(status).shape));
    expect([...shapes('good')].filter((shape) => shapes('bad').has(shape) || shapes('warn').has(shape) || shapes('ask').has(shape))).toEqual([]);
  });

  it('takes a state it does not know for unknown', () => {
    expect(asStatus('healthy')).toBe('healthy');
    expect(asStatus('toString')).toBe('unknown');
    expect(asStatus('teleported')).toBe('unknown');
  });
});
