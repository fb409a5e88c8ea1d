import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { backendProjects, tfjsTests } from './vitest.backends.ts';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));
const compare = fileURLToPath(new URL('./examples/compare/src/', import.meta.url));

// Tests run from the sources, so they need no build: '@gradclip/core/testing' is packages/core/src/testing.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@gradclip\/([a-z]+)$/, replacement: `${packages}$1/src/index.ts` },
      { find: /^@gradclip\/([a-z]+)\/([a-z]+)$/, replacement: `${packages}$1/src/$2` },
      { find: /^@gradclip\/example-compare$/, replacement: `${compare}index.ts` },
      { find: /^@gradclip\/example-compare\/([a-z]+)$/, replacement: `${compare}$1` },
    ],
  },
  test: {
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: [
            'packages/*/test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'benchmarks/*/test/**/*.test.ts',
            'scripts/test/**/*.test.mjs',
          ],
          exclude: [tfjsTests],
        },
      },
      ...backendProjects(),
    ],
  },
});
