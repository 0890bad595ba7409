/** How a connection reaches its server, as a form: its values, what is wrong with them, and what is sent. Pure. */
import type { CertificateView, NetworkRequest, NetworkView } from '$lib/api';

export interface NetworkValues {
  ca: string;
  clientCertificate: string;
  /** Goes to the keychain; empty keeps what is there. */
  clientKey: string;
  proxy: string;
  proxyUser: string;
  /** Goes to the keychain; empty keeps what is there. */
  proxyPassword: string;
  timeout: string;
  connectTimeout: string;
}

export type NetworkField = keyof NetworkValues;

export const emptyNetwork = (): NetworkValues => ({ ca: '', clientCertificate: '', clientKey: '', proxy: '', proxyUser: '', proxyPassword: '', timeout: '', connectTimeout: '' });

/** What holds now. The secrets stay where they are. */
export const networkValues = (view: NetworkView): NetworkValues => ({
  ...emptyNetwork(), ca: view.ca_certificates ?? '', clientCertificate: view.client_certificate ?? '', proxy: view.proxy ?? '', proxyUser: view.proxy_user ?? '',
  timeout: view.call_timeout_s?.toString() ?? '', connectTimeout: view.connect_timeout_s?.toString() ?? '',
});

/** Which field an answer's `field` is. */
const wireFields: Readonly<Record<string, NetworkField>> = {
  ca_certificates: 'ca', client_certificate: 'clientCertificate', client_key: 'clientKey', proxy: 'proxy', call_timeout_s: 'timeout', connect_timeout_s: 'connectTimeout',
};

export const networkField = (field: string | undefined): NetworkField | undefined => (field === undefined ? undefined : wireFields[field]);

function seconds(text: string, least: number, most: number): string | undefined {
  const typed = text.trim();
  if (!typed) return undefined;
  const value = Number(typed);
  return /^\d+$/.test(typed) && value >= least && value <= most ? undefined : `Whole seconds from ${least} to ${most}, or nothing.`;
}

/** What is wrong, by field, with the way to put it right. What a certificate is worth is said by the engine. */
export function networkProblems(values: NetworkValues, hasKey: boolean): Partial<Record<NetworkField, string>> {
  const problems: Partial<Record<NetworkField, string>> = {};
  const pem = (field: 'ca' | 'clientCertificate', what: string) => {
    const text = values[field];
    if (text.includes('PRIVATE KEY-----')) problems[field] = 'That holds a private key. Here goes the certificate alone.';
    else if (text.trim() && !text.includes('-----BEGIN CERTIFICATE-----')) problems[field] = `That is no ${what} in PEM: it begins with -----BEGIN CERTIFICATE-----.`;
  };
  pem('ca', 'certificate');
  pem('clientCertificate', 'certificate');
  if (values.clientCertificate.trim() && !values.clientKey.trim() && !hasKey) problems.clientKey = 'Give the private key of the certificate.';
  if (values.clientKey.trim() && !values.clientCertificate.trim()) problems.clientCertificate = 'Give the certificate that the key belongs to.';
  const proxy = values.proxy.trim();
  if (proxy && !/^(https?|socks5h?):\/\//.test(proxy)) problems.proxy = 'Write it as http://HOST:PORT, https://, socks5:// or socks5h://.';
  else if (proxy.includes('@')) problems.proxy = 'Leave user and password out of the address. They have fields of their own.';
  const timeout = seconds(values.timeout, 5, 600);
  if (timeout) problems.timeout = timeout;
  const connect = seconds(values.connectTimeout, 1, 120);
  if (connect) problems.connectTimeout = connect;
  return problems;
}

/** What is sent. */
export function networkRequest(values: NetworkValues): NetworkRequest {
  const given = (text: string) => text.trim() || null;
  const number = (text: string) => (text.trim() ? Number(text) : null);
  return {
    ca_certificates: given(values.ca), client_certificate: given(values.clientCertificate), client_key: given(values.clientKey), proxy: given(values.proxy), proxy_user: given(values.proxyUser),
    proxy_password: values.proxyPassword || null, call_timeout_s: number(values.timeout), connect_timeout_s: number(values.connectTimeout),
  };
}

/** True where nothing but the operating system decides. */
export const isPlain = (view: NetworkView): boolean =>
  !view.ca_certificates && !view.client_certificate && !view.trusted && !view.proxy && view.call_timeout_s === null && view.connect_timeout_s === null;

const DAY = 86_400_000;

/** Whether a certificate's end is past or near: a word for it, or nothing. */
export function ending(certificate: CertificateView, now: number): 'expired' | 'ends soon' | undefined {
  const left = Date.parse(certificate.not_after) - now;
  return left < 0 ? 'expired' : left < 30 * DAY ? 'ends soon' : undefined;
}
