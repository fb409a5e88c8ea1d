import type { ClipBound } from '../bound.ts';
import { cap, floor, largest, rewarm, skipAbove, smallest, switchAt, times, warmup } from '../combinators/index.ts';
import { definePlugin } from './plugin.ts';
import type { PolicySpec } from '../spec.ts';
import type { Plugin } from './plugin.ts';

type Spec = PolicySpec | number;

/** The nine combinators, in every registry. */
export const combinatorsPlugin: Plugin = definePlugin({
  meta: { name: '@gradclip/core', version: '0.1.0', apiVersion: 1 },
  policies: {
    cap: { create: ({ policy, limit }: { policy: Spec; limit: number }, make) => cap(make(policy), limit) },
    floor: { create: ({ policy, limit }: { policy: Spec; limit: number }, make) => floor(make(policy), limit) },
    times: { create: ({ policy, factor }: { policy: Spec; factor: number }, make) => times(make(policy), factor) },
    smallest: { create: ({ policies }: { policies: readonly Spec[] }, make) => smallest(...policies.map(make)) },
    largest: { create: ({ policies }: { policies: readonly Spec[] }, make) => largest(...policies.map(make)) },
    warmup: {
      create: ({ policy, ...options }: { policy: Spec; steps: number; until?: ClipBound }, make) =>
        warmup(make(policy), options),
    },
    switchAt: {
      create: ({ step, before, after }: { step: number; before: Spec; after: Spec }, make) =>
        switchAt(step, make(before), make(after)),
    },
    skipAbove: {
      create: ({ policy, limit }: { policy: Spec; limit: Spec }, make) => skipAbove(make(policy), make(limit)),
    },
    rewarm: { create: ({ policy, after }: { policy: Spec; after: number }, make) => rewarm(make(policy), { after }) },
  },
});
