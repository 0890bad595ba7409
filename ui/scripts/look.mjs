// Looks at every screen: builds the window with the fixtures of tests/, opens it in Chromium at two sizes, light and
// dark, takes a picture of each and runs axe on it. Pictures go to a temporary folder; any violation, console error or
// sideways scroll fails. Chromium: PILOTHOUSE_CHROMIUM or /usr/bin/chromium. `npm run look -- health release` looks at
// these screens only; `--keep` skips the build.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const site = join(tmpdir(), 'pilothouse-gallery');
const out = join(tmpdir(), 'pilothouse-look');
const NOW = Date.parse('2026-11-24T21:29:07Z');
const args = process.argv.slice(2);
const only = args.filter((arg) => !arg.startsWith('-'));

const press = (name) => (page) => page.getByRole('button', { name, exact: false }).first().click();
const source = async (page) => {
  await page.getByLabel('Connection').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'nordwind/checkout-api' }).click();
};
const pipelines = async (page) => {
  await source(page);
  await page.getByRole('button', { name: 'Next: pipelines' }).click();
  await page.getByRole('combobox', { name: 'Pipeline', exact: true }).first().waitFor();
  await page.getByRole('combobox', { name: 'version' }).first().waitFor();
};
const health = async (page) => {
  await pipelines(page);
  await page.getByRole('button', { name: 'Next: health' }).click();
  await page.getByRole('button', { name: 'Add a health check' }).first().click();
  await page.getByLabel('Address', { exact: true }).fill('https://staging.example/healthz');
  await page.getByRole('button', { name: 'Try it', exact: true }).first().click();
};
const screens = [
  { name: 'overview', path: '/' },
  { name: 'overview-empty', path: '/', scene: 'empty' },
  { name: 'overview-broken', path: '/', scene: 'broken' },
  { name: 'overview-slow', path: '/', scene: 'slow' },
  { name: 'overview-crowded', path: '/', scene: 'crowded', also860: true },
  { name: 'starting-failed', path: '/', scene: 'unready' },
  { name: 'palette', path: '/', then: (page) => page.keyboard.press('Control+k').then(() => page.keyboard.type('roll')) },
  { name: 'keys', path: '/', then: (page) => page.keyboard.press('?') },
  { name: 'releases', path: '/releases' },
  { name: 'releases-empty', path: '/releases', scene: 'empty' },
  { name: 'release', path: '/releases/checkout-api' },
  { name: 'release-log', path: '/releases/checkout-api', then: press('See what failed') },
  { name: 'release-plan', path: '/releases/checkout-api', then: (page) => press('More actions')(page).then(() => page.getByRole('menuitem', { name: 'Change the plan' }).click()) },
  { name: 'release-approve', path: '/releases/checkout-api', then: press('Approve…') },
  { name: 'release-lock', path: '/releases/checkout-api', then: (page) => press('More actions')(page).then(() => page.getByRole('menuitem', { name: 'Lock' }).click()) },
  { name: 'release-menu', path: '/releases/checkout-api', then: press('More actions') },
  { name: 'rollback', path: '/releases/checkout-api', then: press('Roll Pre-production back') },
  { name: 'health', path: '/health' },
  { name: 'health-check', path: '/health?check=checkout-api-production-eu-0' },
  { name: 'health-edit', path: '/health?check=checkout-api-production-eu-0', then: press('Change…') },
  { name: 'health-empty', path: '/health', scene: 'empty' },
  { name: 'inbox', path: '/inbox' },
  { name: 'inbox-empty', path: '/inbox', scene: 'empty' },
  { name: 'inbox-crowded', path: '/inbox', scene: 'crowded', also860: true },
  { name: 'audit', path: '/audit' },
  { name: 'audit-entry', path: '/audit', then: press('Entry 48,213') },
  { name: 'audit-verified', path: '/audit', then: press('Verify the chain') },
  { name: 'audit-faults', path: '/audit', scene: 'crowded', then: press('Verify the chain') },
  { name: 'audit-head', path: '/audit', then: press('Export the head') },
  { name: 'settings-connections', path: '/settings' },
  { name: 'settings-connect', path: '/settings', then: press('Add a connection') },
  { name: 'settings-range', path: '/settings?section=range' },
  { name: 'settings-range-closed', path: '/settings?section=range', scene: 'empty' },
  { name: 'settings-appearance', path: '/settings?section=appearance' },
  { name: 'settings-data', path: '/settings?section=data' },
  { name: 'new-release', path: '/releases/new' },
  { name: 'new-release-2', path: '/releases/new?product=checkout-api', then: (page) => page.getByRole('button', { name: 'main' }).first().click().then(() => page.getByRole('button', { name: 'Next: version' }).click()) },
  { name: 'new-release-3', path: '/releases/new?product=checkout-api', then: async (page) => { await page.getByRole('button', { name: 'main' }).first().click(); await page.getByRole('button', { name: 'Next: version' }).click(); await page.getByRole('button', { name: 'Next: plan' }).click(); } },
  { name: 'product', path: '/products/checkout-api' },
  { name: 'new-product', path: '/products/new' },
  { name: 'new-product-source', path: '/products/new', then: source },
  { name: 'new-product-pipelines', path: '/products/new', then: pipelines },
  { name: 'new-product-health', path: '/products/new', then: health },
  { name: 'new-product-review', path: '/products/new', then: (page) => health(page).then(() => page.getByRole('button', { name: 'Next: review' }).click()) },
  { name: 'welcome', path: '/', scene: 'first' },
  { name: 'not-found', path: '/nowhere' },
];

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json' };

function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const type = types[extname(path)];
    try {
      const body = readFileSync(join(site, type ? path : 'index.html'));
      response.writeHead(200, { 'content-type': type ?? 'text/html' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

if (!args.includes('--keep')) {
  const built = spawnSync('npx', ['vite', 'build', '--logLevel', 'error'], { stdio: 'inherit', env: { ...process.env, PILOTHOUSE_GALLERY: '1' } });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
mkdirSync(out, { recursive: true });
const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.PILOTHOUSE_CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
let problems = 0;
const complain = (where, what) => {
  problems += 1;
  console.log(`${where}: ${what}`);
};

for (const [width, height] of [[1440, 900], [1024, 700], [860, 700], [720, 450]]) {
  for (const theme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: 'Europe/Berlin', locale: 'en-GB', reducedMotion: 'reduce' });
    for (const screen of screens.filter(({ name }) => only.length === 0 || only.includes(name))) {
      if (width < 1024 && theme === 'dark') continue;
      // Where one column begins: worth a look only where there is much to lay out.
      if (width === 860 && !screen.also860) continue;
      const where = `${screen.name} ${width} ${theme}`;
      const page = await context.newPage();
      await page.clock.setFixedTime(NOW);
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complain(where, `console: ${message.text()}`));
      page.on('pageerror', (error) => complain(where, `thrown: ${error.message}`));
      await page.addInitScript((scene) => localStorage.setItem('scene', scene), screen.scene ?? 'busy');
      await page.goto(origin + screen.path);
      await page.getByRole('main').waitFor();
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(250);
      try {
        await screen.then?.(page);
        if (screen.then) await page.waitForTimeout(350);
      } catch (error) {
        complain(where, error.message.split('\n')[0]);
      }
      await page.screenshot({ path: join(out, `${screen.name}-${width}-${theme}.png`) });
      const wide = await page.evaluate(() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth);
      if (wide > 0) complain(where, `scrolls sideways by ${wide} px`);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      for (const violation of found.violations) {
        complain(where, `axe ${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${(node.failureSummary ?? '').split('\n')[1]?.trim() ?? ''})`).join(' | ')}`);
      }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
server.close();
console.log(problems === 0 ? `No problem found. Pictures: ${out}` : `${problems} problems. Pictures: ${out}`);
process.exit(problems === 0 ? 0 : 1);
