/** Addresses of the window's screens: the one place that spells them. */
export const routes = {
  overview: '/',
  releases: '/releases',
  release: (id: string) => `/releases/${encodeURIComponent(id)}`,
  newRelease: (product?: string) => (product ? `/releases/new?product=${encodeURIComponent(product)}` : '/releases/new'),
  inbox: '/inbox',
  inboxItem: (id: string) => `/inbox?item=${encodeURIComponent(id)}`,
  health: '/health',
  check: (id: string) => `/health?check=${encodeURIComponent(id)}`,
  incident: (id: string) => `/health?incident=${encodeURIComponent(id)}`,
  audit: '/audit',
  settings: '/settings',
  connections: '/settings?section=connections',
  newProduct: '/products/new',
  welcome: '/welcome',
} as const;
