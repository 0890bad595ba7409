// Draws every icon size from the SVG sources in icons/source. Run from the repository's root, after `npm ci` in ui/:
//   node icons/generate.mjs
// Needs Chromium (PILOTHOUSE_CHROMIUM or /usr/bin/chromium) through ui/'s playwright-core, which rasters the SVGs. The
// .ico and .icns containers are written here: both are a list of PNGs behind a small header.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, '../ui/package.json'))('playwright-core');
const source = (name) => readFileSync(join(here, 'source', `${name}.svg`), 'utf8');
const put = (name, data) => {
  mkdirSync(dirname(join(here, name)), { recursive: true });
  writeFileSync(join(here, name), data);
};

const browser = await chromium.launch({ executablePath: process.env.PILOTHOUSE_CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();

async function png(svg, size) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } });
}

/** Windows: an ICONDIR with PNG entries (sizes to 256; 0 stands for 256). */
function ico(images) {
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, data }, at) => {
    const entry = 6 + 16 * at;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(data.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += data.length;
  });
  return Buffer.concat([head, ...images.map(({ data }) => data)]);
}

/** macOS: 'icns' and its length, then for each type its name, length and PNG. */
function icns(images) {
  const parts = images.map(({ type, data }) => {
    const head = Buffer.alloc(8);
    head.write(type, 0, 'ascii');
    head.writeUInt32BE(data.length + 8, 4);
    return Buffer.concat([head, data]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'ascii');
  head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([head, ...parts]);
}

/** One after the other: there is one page to draw on. */
async function each(list, make) {
  const made = [];
  for (const item of list) made.push(await make(item));
  return made;
}

const drawn = new Map();
const app = async (size) => {
  if (!drawn.has(size)) drawn.set(size, await png(source(size <= 32 ? 'app-small' : 'app'), size));
  return drawn.get(size);
};

for (const [name, size] of [['32x32', 32], ['64x64', 64], ['128x128', 128], ['128x128@2x', 256], ['icon', 512], ['icon@2x', 1024]]) put(`${name}.png`, await app(size));
for (const size of [30, 44, 71, 89, 107, 142, 150, 284, 310]) put(`Square${size}x${size}Logo.png`, await app(size));
put('StoreLogo.png', await app(50));
put('icon.ico', ico(await each([16, 24, 32, 48, 64, 256], async (size) => ({ size, data: await app(size) }))));
put('icon.icns', icns(await each([['icp4', 16], ['icp5', 32], ['icp6', 64], ['ic07', 128], ['ic08', 256], ['ic09', 512], ['ic10', 1024], ['ic11', 32], ['ic12', 64], ['ic13', 256], ['ic14', 512]], async ([type, size]) => ({ type, data: await app(size) }))));

// The tray: light ink, which suits most panels (`tray/STATE.png`); the same in two sizes, and dark ink for light panels
// and as the template image of macOS.
for (const state of ['calm', 'under-way', 'failing', 'person-needed', 'not-connected']) {
  put(`tray/${state}.png`, await png(source(`tray-${state}`).replace('color="#000000"', 'color="#ffffff"'), 32));
  for (const [tone, colour] of [['dark', '#000000'], ['light', '#ffffff']]) {
    const svg = source(`tray-${state}`).replace('color="#000000"', `color="${colour}"`);
    for (const [suffix, size] of [['', 22], ['@2x', 44]]) put(`tray/${state}-${tone}${suffix}.png`, await png(svg, size));
  }
}
await browser.close();
