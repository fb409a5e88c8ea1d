import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));

// Tests run from the sources, so they need no build: '@gradclip/core/testing' is packages/core/src/testing.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@gradclip\/([a-z]+)$/, replacement: `${packages}$1/src/index.ts` },
      { find: /^@gradclip\/([a-z]+)\/([a-z]+)$/, replacement: `${packages}$1/src/$2` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
