import { describe, expect, it } from 'vitest';
import { semverProblem } from './semver';

describe('a version', () => {
  it.each(['0.0.0', '4.18.0', '5.0.0-rc.1', '1.0.0+build.5', '1.0.0-alpha-1.0a'])('%s is one', (text) => expect(semverProblem(text)).toBeUndefined());
  it.each(['', '4.18', '04.1.0', '1.0.0-01', '1.0.0-', 'latest'])('%j is none', (text) => expect(semverProblem(text)).toBeTruthy());
  it('says what to do with a v', () => expect(semverProblem('v4.18.0')).toContain('4.18.0'));
});
