import { definePlugin } from '@gradclip/core';
import type { ClipPolicy, Plugin } from '@gradclip/core';

/** Half of the norm before. */
function halfOfLast(): ClipPolicy<number> {
  return {
    name: 'halfOfLast',
    options: {},
    init: () => Infinity,
    decide: (last, { norm }) => [last / 2 || Infinity, norm],
  };
}

export const ownPlugin: Plugin = definePlugin({
  meta: { name: 'own-policies', version: '1.0.0', apiVersion: 1 },
  policies: { halfOfLast: { create: halfOfLast } },
});
