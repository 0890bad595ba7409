import { describe, expect, it } from 'vitest';
import type { WorkflowOption } from '$lib/api/model';
import { bind, healthProblems, nameOf, newCheck, newEnvironment, newProduct, pipelineProblems, sourceProblems } from './draft';

const workflow: WorkflowOption = {
  id: 'w', name: 'Deploy', path: 'deploy.yml',
  inputs: [
    { name: 'version', kind: 'text', required: true, description: '', initial: '', options: [] },
    { name: 'environment', kind: 'choice', required: true, description: '', initial: '', options: ['staging', 'production'] },
    { name: 'ticket', kind: 'text', required: true, description: '', initial: '', options: [] },
    { name: 'dry_run', kind: 'boolean', required: false, description: '', initial: '', options: [] },
  ],
};

describe('a new product', () => {
  it('is named after its repository', () => expect(nameOf('nordwind/checkout-api')).toBe('Checkout api'));

  it('says everything that is missing', () => expect(sourceProblems(newProduct())).toHaveLength(3));

  it('finds the input that carries the version and fills the others', () => {
    expect(bind(workflow, 'main')).toEqual({ workflowId: 'w', ref: 'main', versionInput: 'version', inputs: { environment: 'staging', ticket: '', dry_run: 'false' } });
  });

  it('needs a value for each required input', () => {
    const staging = { ...newEnvironment('Staging', false, 'main'), deploy: bind(workflow, 'main') };
    const draft = { ...newProduct(), environments: [staging] };
    expect(pipelineProblems(draft, [workflow])).toEqual(['Staging, deploy: the input ticket needs a value.']);
    staging.deploy.inputs.ticket = 'OPS-1';
    expect(pipelineProblems(draft, [workflow])).toEqual([]);
  });

  it('takes no name twice', () => {
    const twice = ['Staging', 'staging '].map((name) => ({ ...newEnvironment(name, false, 'main'), deploy: { ...bind(workflow, 'main'), inputs: { environment: 'staging', ticket: 'x' } } }));
    expect(pipelineProblems({ ...newProduct(), environments: twice }, [workflow])).toEqual(['staging: another environment has this name.']);
  });

  it('watches only what has an address', () => {
    const draft = { ...newProduct(), environments: [{ ...newEnvironment('Staging', false, 'main'), checks: [{ ...newCheck(), url: 'staging.example' }] }] };
    expect(healthProblems(draft)).toEqual(['Staging, Health: That is no address. It starts with http:// or https://.']);
  });
});
