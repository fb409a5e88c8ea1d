import { assertOptions, definePlugin, fixed } from '@gradclip/core';
import type { Plugin } from '@gradclip/core';
import { decaying } from './decaying.ts';
import { movingAverage } from './movingAverage.ts';
import { percentile } from './percentile.ts';

/**
 * The policies of this package for a registry, by name; their options are those of the functions, as plain data.
 * @example
 * createRegistry([policiesPlugin]).policy({ name: 'percentile', options: { p: 10 } }).name; // 'percentile'
 */
export const policiesPlugin: Plugin = definePlugin({
  meta: { name: '@gradclip/policies', version: '0.1.0', apiVersion: 1 },
  policies: {
    fixed: {
      create(options: { readonly threshold?: number }) {
        assertOptions('fixed', options, ['threshold']);
        return fixed(options.threshold);
      },
    },
    decaying: { create: decaying },
    movingAverage: { create: movingAverage },
    percentile: { create: percentile },
  },
});
