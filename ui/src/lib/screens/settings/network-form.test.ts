import { describe, expect, it } from 'vitest';
import { emptyNetwork, ending, isPlain, networkField, networkProblems, networkRequest, networkValues } from './network-form';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n';
const view = { ca_certificates: null, authorities: [], client_certificate: null, client: null, trusted: null, proxy: null, proxy_user: null, connect_timeout_s: null, call_timeout_s: null };
const trusted = { subject: 'CN=ci', issuer: 'CN=ci', fingerprint: 'AB', not_before: '2026-01-01T00:00:00Z', not_after: '2026-12-01T00:00:00Z', names: [] };

describe('the network of a connection', () => {
  it('may be left out altogether', () => {
    expect(networkProblems(emptyNetwork(), false)).toEqual({});
    expect(Object.values(networkRequest(emptyNetwork())).every((value) => value === null)).toBe(true);
    expect(isPlain(view)).toBe(true);
    expect(isPlain({ ...view, trusted })).toBe(false);
  });

  it('wants a key with a certificate, unless the keychain has one', () => {
    const values = { ...emptyNetwork(), clientCertificate: CERTIFICATE };
    expect(networkProblems(values, false)).toHaveProperty('clientKey');
    expect(networkProblems(values, true)).toEqual({});
    expect(networkProblems({ ...values, clientKey: KEY }, false)).toEqual({});
    expect(networkProblems({ ...emptyNetwork(), clientKey: KEY }, false)).toHaveProperty('clientCertificate');
  });

  it('says where something is in the wrong field', () => {
    expect(networkProblems({ ...emptyNetwork(), ca: CERTIFICATE + KEY }, false).ca).toMatch(/private key/);
    expect(networkProblems({ ...emptyNetwork(), ca: 'hello' }, false).ca).toMatch(/PEM/);
    expect(networkProblems({ ...emptyNetwork(), proxy: 'http://noor:pw@proxy' }, false).proxy).toMatch(/password/);
    expect(networkProblems({ ...emptyNetwork(), proxy: 'proxy:3128' }, false).proxy).toMatch(/http:\/\/HOST/);
    for (const timeout of ['4', '601', '1.5', 'soon']) expect(networkProblems({ ...emptyNetwork(), timeout }, false)).toHaveProperty('timeout');
    expect(networkField('ca_certificates')).toBe('ca');
    expect(networkField('name')).toBeUndefined();
  });

  it('goes into the form and out again unchanged, without secrets', () => {
    const given = { ...view, ca_certificates: CERTIFICATE.trim(), proxy: 'http://proxy:3128', proxy_user: 'noor', call_timeout_s: 90 };
    expect(networkRequest(networkValues(given))).toEqual({
      ca_certificates: CERTIFICATE.trim(), client_certificate: null, client_key: null, proxy: 'http://proxy:3128', proxy_user: 'noor', proxy_password: null, call_timeout_s: 90, connect_timeout_s: null,
    });
  });

  it('tells an end that is past from one that is near', () => {
    expect(ending(trusted, Date.parse('2026-10-01T00:00:00Z'))).toBeUndefined();
    expect(ending(trusted, Date.parse('2026-11-24T00:00:00Z'))).toBe('ends soon');
    expect(ending(trusted, Date.parse('2026-12-24T00:00:00Z'))).toBe('expired');
  });
});
