import { definePlugin } from '@gradclip/core';
import type { Plugin } from '@gradclip/core';
import { medianOfMeans } from './medianOfMeans.js';
import { optionsSchema } from './schema.js';

export { medianOfMeans } from './medianOfMeans.js';
export type { MedianOfMeansState } from './medianOfMeans.js';
export type { MedianOfMeansOptions } from './options.js';

/** For createRegistry. The version is that of package.json. */
export const plugin: Plugin = definePlugin({
  meta: { name: 'clip-policy-median-of-means', version: '2.0.0', apiVersion: 1 },
  policies: { medianOfMeans: { options: optionsSchema, create: medianOfMeans } },
});
