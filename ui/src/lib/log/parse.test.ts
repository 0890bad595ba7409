import { describe, expect, it } from 'vitest';
import { failureLine, groupOf, parseLine, unfolded } from './parse';

const E = '\u001b';

describe('a line', () => {
  it('gives its time a column', () => {
    const line = parseLine('2026-11-24T21:46:02.1234567Z Deploying 4.18.0', 7);
    expect(line).toMatchObject({ number: 7, time: '21:46:02', kind: 'plain', text: 'Deploying 4.18.0' });
  });

  it('maps colours to classes and keeps none of the codes', () => {
    const line = parseLine(`ok ${E}[1;32mpassed${E}[0m ${E}[31mno${E}[39m end`, 1);
    expect(line.pieces).toEqual([
      { text: 'ok ', look: '' }, { text: 'passed', look: 'a-green a-bold' }, { text: ' ', look: '' }, { text: 'no', look: 'a-red' }, { text: ' end', look: '' },
    ]);
  });

  it('skips 256 and true colours without reading their numbers as codes', () => {
    expect(parseLine(`${E}[38;5;31mx${E}[48;2;1;31;2my`, 1).pieces).toEqual([{ text: 'x', look: '' }, { text: 'y', look: '' }]);
  });

  it('drops cursor movements, titles and control characters', () => {
    expect(parseLine(`${E}[2K${E}[1Ga${E}]0;title\u0007b\u0008c`, 1).text).toBe('abc');
  });

  it('reads the marks of CI systems', () => {
    expect(parseLine('2026-11-24T21:46:02Z ##[group]Run deploy', 1)).toMatchObject({ kind: 'group', text: 'Run deploy' });
    expect(parseLine('##[error]Process completed with exit code 1.', 1).kind).toBe('error');
    expect(parseLine(`section_start:1795441859:step_script\r${E}[0K${E}[32;1mRunning the script${E}[0;m`, 1)).toMatchObject({ kind: 'group', text: 'Running the script' });
    expect(parseLine(`section_end:1795441860:a\r${E}[0Ksection_start:1795441860:b[collapsed=true]\r${E}[0K${E}[0KNext`, 1)).toMatchObject({ kind: 'group', text: 'Next' });
    expect(parseLine(`2026-11-24T21:46:02.1Z 00O section_end:1795441860:b\r${E}[0K`, 1)).toMatchObject({ kind: 'end', time: '21:46:02', text: '' });
    expect(parseLine(`10 %\r${E}[K100 %`, 1)).toMatchObject({ kind: 'plain', text: '100 %' });
    expect(parseLine('##[unheard]text', 1)).toMatchObject({ kind: 'plain', text: '##[unheard]text' });
  });
});

describe('folds', () => {
  const lines = ['a', '##[group]G', 'in', '##[endgroup]', 'b'].map((text, at) => parseLine(text, at + 1));
  it('hide what is inside a closed group, and the end marks', () => {
    expect(unfolded(lines, new Set()).map((line) => line.text)).toEqual(['a', 'G', 'in', 'b']);
    expect(unfolded(lines, new Set([2])).map((line) => line.text)).toEqual(['a', 'G', 'b']);
  });
  it('know which group a line is in', () => {
    expect(groupOf(lines, 3)).toBe(2);
    expect(groupOf(lines, 5)).toBeUndefined();
  });
});

describe('the failure', () => {
  const of = (...texts: string[]) => failureLine(texts.map((text, at) => parseLine(text, at + 1)))?.number;
  it('is the first marked line', () => expect(of('error: a', '##[error]b', '##[error]c')).toBe(2));
  it('is else the last that speaks of one', () => expect(of('1 failed', 'fatal: x', 'done')).toBe(2));
  it('is nowhere in a clean log', () => expect(of('all good')).toBeUndefined());
});
