import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** For `npm run look`: the window with fixtures instead of an engine. Never part of a normal build. */
const fixtures: Plugin = {
  name: 'pilothouse-fixtures',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    if (!/(^|\/)backend(\.ts)?$/.test(source)) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    if (!found?.id.endsWith('/src/lib/api/backend.ts')) return null;
    return fileURLToPath(new URL('./tests/fixtures/backend.ts', import.meta.url));
  },
};

/** Kit hides its route announcer with an inline style, which our policy refuses; base.css does it instead. */
const noInlineStyle: Plugin = {
  name: 'pilothouse-no-inline-style',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('/generated/root.svelte') ? code.replace(/ style="position: absolute[^"]*"/, '') : null),
};

export default defineConfig({
  plugins: [...(process.env.PILOTHOUSE_GALLERY === '1' ? [fixtures] : []), noInlineStyle, sveltekit(), svelteTesting()],
  // Fonts stay files: the content security policy allows no data: URL.
  build: { assetsInlineLimit: 0, target: ['safari16.4', 'chrome111'] },
  server: { port: 5173, strictPort: true },
  clearScreen: false,
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // A document for each file takes longer than all the tests; only those that put others in the place of modules need one.
    projects: [
      { extends: true, test: { name: 'together', isolate: false, include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'isolated', include: ['tests/isolated/**/*.test.ts'] } },
    ],
  },
});
