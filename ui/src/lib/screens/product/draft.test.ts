import { describe, expect, it } from 'vitest';
import type { PipelineInput, ProviderOption } from '$lib/api/model';
import { checkProblems, newCheck, pointerOf } from './checks';
import { boundInputs, healthProblems, keepsSource, nameOf, newEnvironment, newProduct, pipelineProblems, sourceProblems, sourcesOf, withSource } from './draft';

const input = (name: string, more: Partial<PipelineInput> = {}): PipelineInput => ({ name, kind: 'text', required: true, description: '', initial: null, options: [], shownInTitle: false, ...more });
const bound = { pipeline: 'deploy.yml', git_ref: { rule: 'fixed' as const, name: 'main' }, inputs: [{ name: 'version', value: { from: 'version' as const } }] };

describe('a new product', () => {
  it('is named after its repository', () => expect(nameOf('nordwind/checkout-api')).toBe('Checkout api'));

  it('says everything that is missing', () => expect(sourceProblems(newProduct(''))).toHaveLength(3));

  it('needs its clone where that is the source', () => {
    const whole = { ...newProduct('c'), repository: 'shop', name: 'Shop' };
    expect(sourceProblems(whole, 'clone', ' ')).toEqual(['Name the folder of the clone.']);
    expect([sourceProblems(whole, 'clone', '/srv/shop'), sourceProblems(whole)]).toEqual([[], []]);
  });

  it('takes a provider at its word whether it keeps the source', () => {
    const kind = (name: string, support: 'full' | 'lacking'): ProviderOption => ({ kind: name, name, secret: '', fields: [], needs: [], capabilities: [{ capability: 'source', title: 'Source', support, note: '' }] });
    const kinds = [kind('A host', 'full'), kind('A builder', 'lacking')];
    expect(['A host', 'A builder', 'Not known yet'].map((name) => keepsSource(kinds, name))).toEqual([true, false, true]);
  });

  it('is started as it is settled there where no ref is known', () => expect(newEnvironment('Staging', '').deploy.git_ref).toEqual({ rule: 'of_pipeline' }));

  it('binds the inputs that say what they are, one of them to the token, and leaves the rest to the pipeline', () => {
    const inputs = [input('version'), input('environment', { kind: 'choice', options: ['staging'] }), input('request_id', { shownInTitle: true }), input('correlation_id'), input('dry_run', { kind: 'boolean', required: false, initial: 'false' }), input('ticket')];
    expect(boundInputs(inputs)).toEqual([
      { name: 'version', value: { from: 'version' } }, { name: 'environment', value: { from: 'environment' } }, { name: 'request_id', value: { from: 'correlation' } }, { name: 'ticket', value: { from: 'literal', text: '' } },
    ]);
  });

  it('offers to leave out only what may be left out', () => {
    expect(sourcesOf(input('ticket')).map(({ value }) => value)).not.toContain('');
    expect(sourcesOf(input('dry_run', { required: false, initial: 'false', kind: 'boolean' }))).toEqual([{ value: '', label: 'Left at “false”' }, { value: 'literal', label: 'Always the same' }]);
  });

  it('starts a fixed value with the pipeline’s own', () => {
    expect(withSource([], input('region', { initial: 'eu' }), 'literal')).toEqual([{ name: 'region', value: { from: 'literal', text: 'eu' } }]);
    expect(withSource([{ name: 'region', value: { from: 'tag' } }], input('region'), '')).toEqual([]);
  });

  it('must tell its pipeline which version to deploy', () => {
    const draft = { ...newProduct('c'), environments: [{ ...newEnvironment('Staging', 'main'), deploy: { ...bound, inputs: [] } }] };
    expect(pipelineProblems(draft)).toEqual(['Staging, deploy: choose the input that carries the version, or start the pipeline at the release’s tag.']);
    expect(pipelineProblems({ ...draft, environments: [{ ...newEnvironment('Staging', 'main'), deploy: { ...bound, inputs: [], git_ref: { rule: 'release_tag' } } }] })).toEqual([]);
  });

  it('takes no name twice', () => {
    const twice = ['Staging', 'staging '].map((name) => ({ ...newEnvironment(name, 'main'), deploy: bound }));
    expect(pipelineProblems({ ...newProduct('c'), environments: twice })).toEqual(['staging: another environment has this name.']);
  });

  it('watches only what has an address', () => {
    const probe = { kind: 'http' as const, url: 'staging.example', status_min: 200, status_max: 299, body_contains: null, slow_ms: null };
    const draft = { ...newProduct('c'), environments: [{ ...newEnvironment('Staging', 'main'), checks: [{ ...newCheck(), probe }] }] };
    expect(healthProblems(draft)).toEqual(['Staging, Health: That is no address. It starts with http:// or https://.']);
  });
});

describe('a check', () => {
  it('points into JSON however a person spells it', () => {
    expect(pointerOf('build.version')).toBe('/build/version');
    expect(pointerOf('/build/version')).toBe('/build/version');
    expect(pointerOf(' ')).toBe('');
  });

  it('expects statuses in order', () => {
    const probe = { kind: 'http' as const, url: 'https://a.example/', status_min: 300, status_max: 200, body_contains: null, slow_ms: null };
    expect(checkProblems({ ...newCheck(), probe })).toEqual(['A status is between 100 and 599, the lower one first.']);
  });
});
