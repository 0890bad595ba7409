// Checks the contrast of every token pair that the window uses, in all four themes. Run: npm run contrast
// Prints one Markdown table; exits 1 if a pair is below its floor.
import { readFileSync } from 'node:fs';

const css = readFileSync(new URL('../src/lib/styles/tokens.css', import.meta.url), 'utf8');
const selectors = {
  light: ':root[data-theme="light"]',
  dark: ':root[data-theme="dark"]',
  'light, more': ':root[data-contrast="more"][data-theme="light"]',
  'dark, more': ':root[data-contrast="more"][data-theme="dark"]',
};
const theme = (selector) => {
  const at = css.indexOf('{', css.indexOf(`${selector} {`));
  const body = css.slice(at, css.indexOf('\n}', at));
  return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
};
const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
};
const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'selected'];
const status = ['good', 'bad', 'warn', 'run', 'ask', 'none'];
const rows = [
  ...['text', 'text-2', 'text-3', 'accent'].map((t) => [t, grounds, 4.5]),
  ...status.map((s) => [s, [...grounds, `${s}-soft`], 4.5]),
  ...status.map((s) => ['text-2', [`${s}-soft`], 4.5]),
  ['text-on-solid', ['accent', 'accent-hover', 'solid-bad', ...status], 4.5],
  ['line-control', ['canvas', 'surface', 'raised'], 3],
  ['focus', [...grounds, 'accent-soft'], 3],
  ...['chart-1', 'chart-2', 'chart-3', 'lamp'].map((c) => [c, ['canvas', 'surface', 'raised'], 3]),
];
const themes = Object.entries(selectors).map(([name, s]) => [name, theme(s)]);
let failed = 0;
console.log(`| foreground | on (lowest of) | floor | ${themes.map(([n]) => n).join(' | ')} |`);
console.log(`|---|---|---|${themes.map(() => '---').join('|')}|`);
for (const [fg, bgs, floor] of rows) {
  const cells = themes.map(([, t]) => {
    const low = Math.min(...bgs.map((bg) => ratio(t[fg], t[bg])));
    if (low < floor) failed += 1;
    return `${low.toFixed(1)}${low < floor ? ' FAILS' : ''}`;
  });
  const on = bgs.length > 3 && bgs[0] === 'canvas' ? `any ground${bgs[6] ? ', its soft' : ''}` : bgs.join(', ');
  console.log(`| ${fg} | ${on} | ${floor} | ${cells.join(' | ')} |`);
}
process.exit(failed ? 1 : 0);
