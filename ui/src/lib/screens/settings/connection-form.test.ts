import { describe, expect, it } from 'vitest';
import { connectionOf, emptyForm, problemsOf } from './connection-form';

const field = (key: 'base_url' | 'user' | 'region' | 'role' | 'profile' | 'token', required: boolean) => ({ key, label: key, hint: '', example: '', required, replaceable: key === 'token' });

describe('the form of a connection', () => {
  const fields = [field('base_url', false), field('user', true), field('token', true)];

  it('asks for what is required, and for nothing else', () => {
    expect(Object.keys(problemsOf(fields, emptyForm()))).toEqual(['user', 'token']);
    expect(problemsOf(fields, { ...emptyForm(), user: 'mira', token: 'x' })).toEqual({});
  });

  it('asks for no keys where a profile stands in for them', () => {
    expect(problemsOf([...fields, field('profile', false)], { ...emptyForm(), profile: 'release' })).toEqual({});
  });

  it('refuses an address that can’t be used', () => {
    expect(problemsOf(fields, { ...emptyForm(), base_url: 'ci.example.com', user: 'mira', token: 'x' }).base_url).toMatch(/no address/);
  });

  it('is named after the server, the region or the provider', () => {
    const provider = { kind: 'any', name: 'Provider' };
    expect(connectionOf(provider, '', { ...emptyForm(), base_url: 'https://ci.example.com/x', token: ' t ' })).toEqual({ provider: 'any', name: 'ci.example.com', baseUrl: 'https://ci.example.com/x', user: null, region: null, role: null, profile: null, token: 't', sessionToken: null, network: null, trustedFingerprint: null });
    expect(connectionOf(provider, '', { ...emptyForm(), region: 'eu-central-1' }).name).toBe('Provider eu-central-1');
    expect(connectionOf(provider, ' Ours ', emptyForm()).name).toBe('Ours');
  });
});
