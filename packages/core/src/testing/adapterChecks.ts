import type { Check } from './check.ts';
import { clippingChecks } from './adapter/clipping.ts';
import { numberChecks } from './adapter/numbers.ts';
import { scopeChecks } from './adapter/scopes.ts';
import { stoppingChecks } from './adapter/stopping.ts';
import type { AdapterUnderTest } from './adapter/trial.ts';

/**
 * All that a clipper and an optimizer rely on in an adapter, as a list of checks without a test runner. Each check makes
 * small gradients of float32 numbers, clips them through a clipper of its own, and compares element by element; norms
 * are compared with exact sums to 1e-6, relative. `dispose` is called for everything that was made, also after a throw.
 * Weights and loss scales are the adapter's own business and not checked here.
 *
 * A check that fails throws a GradclipError CHECK_FAILED.
 * @example
 * // vitest
 * import { clipBuffers } from '@gradclip/adapters/buffers';
 * import { adapterChecks } from '@gradclip/core/testing';
 * import { test } from 'vitest';
 *
 * const checks = adapterChecks({
 *   name: 'buffers',
 *   make: (tensors) => ({
 *     buffers: Object.fromEntries(Object.entries(tensors).map(([name, { values }]) => [name, Float32Array.from(values)])),
 *     shapes: Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
 *   }),
 *   read: ({ buffers }) => Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, [...buffer]])),
 *   clip: ({ buffers, shapes }, clipper) => clipBuffers(buffers, clipper, { shapes }),
 * });
 * for (const { name, run } of checks) test(name, run);
 * @example
 * // node --test, with `checks` as above
 * import { test } from 'node:test';
 *
 * for (const { name, run } of checks) test(name, () => run());
 */
export function adapterChecks<Gradients>(adapter: AdapterUnderTest<Gradients>): readonly Check[] {
  return [...clippingChecks(adapter), ...numberChecks(adapter), ...stoppingChecks(adapter), ...scopeChecks(adapter)];
}
