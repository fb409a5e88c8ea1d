import type { GradientNormEvent } from '@gradclip/core';
import type { TfjsOptions } from '@gradclip/adapters/tfjs';
import { expect } from 'vitest';
import { normOf, relativeError } from './norms.ts';
import { watched } from './run.ts';
import type { Values } from './run.ts';

export type Shapes = Readonly<Record<string, readonly number[]>>;
type By = Parameters<typeof watched>[0];

/** What a norm of a device is right to. */
export const TOLERANCE = 1e-6;

/** The norms that a clipper is told of some gradients, by key. */
export async function measured(
  values: Values,
  clock: 'exact' | 'late',
  { by = Infinity, shapes = {}, ...options }: TfjsOptions & { by?: By; shapes?: Shapes } = {},
): Promise<Map<string, number>> {
  const run = watched(by, { clock, lateAfter: 0, ...options }, shapes);
  let events: GradientNormEvent[] = [];
  run.clipper.norms$.subscribe((event) => events.push({ ...event }));
  // At unit scope, the first step counts the units, and is exact.
  for (let step = 0; step < (options.scope === 'unit' ? 2 : 1); step++) {
    events = [];
    run.apply(values);
    await run.clipper.settled();
  }
  run.inner.dispose();
  const { order } = run.clipper.plan;
  const isLate = clock === 'late' && (order === 1 || order === 2 || order === Infinity) && events.length > 0;
  for (const decision of run.decisions.at(-1)!.decisions) expect(decision.clock).toBe(isLate ? 'late' : 'exact');
  return new Map(events.map(({ key, norm }) => [key, norm]));
}

export function expectNear(norm: number | undefined, wanted: number, what: string): void {
  const error = relativeError(norm!, wanted);
  expect(error, `${what}: ${norm}, not ${wanted}`).toBeLessThanOrEqual(TOLERANCE);
}

/** Both clocks, at global scope, against the norm in float64. */
export async function expectNorms(what: string, values: Values, options: TfjsOptions = {}): Promise<void> {
  const all = Object.values(values);
  const parts = all.map((own) => normOf(own, options.norm));
  const wanted = all.length === 1 ? parts[0]! : normOf(parts, options.norm);
  for (const clock of ['exact', 'late'] as const) {
    const norms = await measured(values, clock, options);
    expectNear(norms.get('global'), wanted, `${what}, ${clock}`);
  }
}
