import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [sveltekit(), svelteTesting()],
  // Fonts stay files: the content security policy allows no data: URL.
  build: { assetsInlineLimit: 0, target: ['safari16.4', 'chrome111'] },
  server: { port: 5173, strictPort: true },
  clearScreen: false,
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
  },
});
