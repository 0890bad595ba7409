import { tmpdir } from 'node:os';
import { join } from 'node:path';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// `npm run look` builds the same application with the fixtures of tests/ as its backend (see vite.config.ts). It never
// writes to build/, so nothing of it can reach a release.
const gallery = process.env.PILOTHOUSE_GALLERY === '1';
const out = gallery ? join(tmpdir(), 'pilothouse-gallery') : 'build';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
  kit: {
    adapter: adapter({ pages: out, assets: out, fallback: 'index.html', strict: false }),
    ...(gallery ? { outDir: '.svelte-kit/gallery' } : {}),
    paths: { relative: false },
    version: { pollInterval: 0 },
    // The window's own policy; the desktop host sends a second one. Both hold.
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['self'],
        'script-src': ['self'],
        'style-src': ['self'],
        'img-src': ['self'],
        'font-src': ['self'],
        'connect-src': ['self', 'ipc:', 'http://ipc.localhost'],
        'object-src': ['none'],
        'base-uri': ['none'],
        'form-action': ['none'],
      },
    },
  },
};
