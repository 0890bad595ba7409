/** Addresses of the window's screens: the one place that spells them. */
export const routes = {
  overview: '/',
  releases: '/releases',
  release: (id: string) => `/releases/${encodeURIComponent(id)}`,
  newRelease: (product?: string) => (product ? `/releases/new?product=${encodeURIComponent(product)}` : '/releases/new'),
  /** Leads on to the deployment's release. */
  deployment: (id: string) => `/deployments/${encodeURIComponent(id)}`,
  deploymentOf: (release: string, id: string) => `/releases/${encodeURIComponent(release)}?deployment=${encodeURIComponent(id)}`,
  /** The release, with the checklist of this template in view. */
  checklist: (release: string, template: string) => `/releases/${encodeURIComponent(release)}?checklist=${encodeURIComponent(template)}`,
  /** The release, with user acceptance testing in this environment in view. */
  uat: (release: string, environment: string) => `/releases/${encodeURIComponent(release)}?uat=${encodeURIComponent(environment)}`,
  /** The release, with what it must document in view. */
  releaseDocuments: (release: string) => `/releases/${encodeURIComponent(release)}?documents=1`,
  /** The release, with who is to be trained in view. */
  releaseTraining: (release: string) => `/releases/${encodeURIComponent(release)}?training=1`,
  /** The release, with its rollback runbook in view. */
  releaseRunbook: (release: string) => `/releases/${encodeURIComponent(release)}?runbook=1`,
  coordinated: '/coordinated',
  coordinatedRelease: (id: string) => `/coordinated/${encodeURIComponent(id)}`,
  inbox: '/inbox',
  inboxItem: (id: string) => `/inbox?item=${encodeURIComponent(id)}`,
  health: '/health',
  check: (id: string) => `/health?check=${encodeURIComponent(id)}`,
  incident: (id: string) => `/health?incident=${encodeURIComponent(id)}`,
  pipelines: '/pipelines',
  /** As deep as is given: a connection, its repository, a pipeline there, a run of it. */
  pipelinesAt: (place: { connection: string; repository?: string; pipeline?: string; run?: string }) =>
    `/pipelines?${new URLSearchParams(Object.entries(place).filter(([, value]) => value)).toString()}`,
  calendar: '/calendar',
  audit: '/audit',
  settings: '/settings',
  connections: '/settings?section=connections',
  replaceToken: (connection: string) => `/settings?section=connections&replace=${encodeURIComponent(connection)}`,
  range: '/settings?section=range',
  newProduct: (connection?: string) => (connection ? `/products/new?connection=${encodeURIComponent(connection)}` : '/products/new'),
  product: (id: string) => `/products/${encodeURIComponent(id)}`,
  checklistTemplates: (product: string) => `/products/${encodeURIComponent(product)}/checklists`,
  documents: (product: string) => `/products/${encodeURIComponent(product)}/documents`,
  document: (product: string, document: string) => `/products/${encodeURIComponent(product)}/documents?document=${encodeURIComponent(document)}`,
  training: (product: string) => `/products/${encodeURIComponent(product)}/training`,
  runbooks: (product: string) => `/products/${encodeURIComponent(product)}/runbooks`,
  runbookRun: (id: string) => `/runbooks/${encodeURIComponent(id)}`,
  smokeTests: (product: string) => `/products/${encodeURIComponent(product)}/smoke`,
  metrics: (product: string) => `/products/${encodeURIComponent(product)}/metrics`,
  /** Leads on to the run's release. */
  smokeRun: (id: string) => `/smoke/${encodeURIComponent(id)}`,
  smokeRunOf: (release: string, run: string) => `/releases/${encodeURIComponent(release)}?smoke=${encodeURIComponent(run)}`,
  welcome: '/welcome',
} as const;
