import { clipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedBy, TfjsOptions } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import type { ClipAlert, ClipGroup, Clipper, PolicyLike, StepDecision } from '@gradclip/core';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../oracle.ts';
import { backend } from '../backend.ts';
import { HeldReads } from './heldReads.ts';
import { recordedClipper } from './recordedClipper.ts';
import type { Told } from './recordedClipper.ts';
import { Recorder } from './recorder.ts';
import type { Received } from './recorder.ts';

// Gradients of operations come with layers, not with core.
await import('@tensorflow/tfjs-layers');

/** Software draws these, so everything there is tried with less of it. */
export const isSlow = backend === 'webgl' || backend === 'webgpu';

export type Values = Readonly<Record<string, Float32Array>>;

/** What runs are trained with: weights and a bias of one layer, and weights of another. */
export const SHAPES: Readonly<Record<string, readonly number[]>> = { 'a/w': [3, 4], 'a/b': [4], 'b/w': [5, 2] };
const BAD = [NaN, Infinity, -Infinity];

export interface GradientsOptions {
  /** How often a step is 1e6 times as large, and how often one of its elements is not finite. */
  readonly spikes?: number;
  readonly bad?: number;
}

/** Gradients of random length and direction. */
export function gradientsOf(seed: number, steps: number, { spikes = 0, bad = 0 }: GradientsOptions = {}): Values[] {
  const next = random(seed);
  return Array.from({ length: steps }, () => {
    const length = 4 ** (2 * next() - 1) * (next() < spikes ? 1e6 : 1);
    const values = Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape]) => [
        name,
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => length * (2 * next() - 1)),
      ]),
    );
    if (next() < bad) {
      const tensor = Object.values(values)[Math.floor(3 * next())]!;
      tensor[Math.floor(tensor.length * next())] = BAD[Math.floor(3 * next())]!;
    }
    return values;
  });
}

export function tensorsOf(
  values: Values,
  shapes: Readonly<Record<string, readonly number[]>> = SHAPES,
): tf.NamedTensorMap {
  const toTensor = ([name, own]: [string, Float32Array]): [string, tf.Tensor] => [
    name,
    tf.tensor(own.slice(), [...(shapes[name] ?? [own.length])], 'float32'),
  ];
  return Object.fromEntries(Object.entries(values).map(toTensor));
}

/** An optimizer with a clipper in front that says what happens. */
export interface Watched {
  readonly clipper: Clipper;
  readonly inner: Recorder;
  readonly optimizer: tf.Optimizer;
  readonly decisions: StepDecision[];
  readonly alerts: ClipAlert[];
  readonly told: ReadonlyMap<number, Told>;
  /** One step. */
  apply(values: Values): void;
}

/** Late from the first step that has a bound. */
export function watched(
  by: PolicyLike | readonly ClipGroup[],
  { clock = 'late', lateAfter, maxLag, ...options }: TfjsOptions = {},
  shapes: Readonly<Record<string, readonly number[]>> = SHAPES,
): Watched {
  const { clipper, told } = recordedClipper(createClipper(by, options));
  const inner = new Recorder();
  const clockOptions = {
    clock,
    ...(lateAfter !== undefined && { lateAfter }),
    ...(maxLag !== undefined && { maxLag }),
  };
  const optimizer = clipOptimizer(inner, clipper as ClippedBy, clockOptions);
  const [decisions, alerts]: [StepDecision[], ClipAlert[]] = [[], []];
  clipper.decisions$.subscribe((decision) => decisions.push(decision));
  clipper.alerts$.subscribe((alert) => alerts.push(alert));
  const apply = (values: Values): void => tf.tidy(() => optimizer.applyGradients(tensorsOf(values, shapes)));
  return { clipper, inner, optimizer, decisions, alerts, told, apply };
}

export interface Run extends Watched {
  /** What the optimizer got, by step. */
  readonly received: ReadonlyMap<number, Received>;
}

export interface LagOptions {
  /** Steps that may stay open after a step. */
  readonly lagOf: (step: number) => number;
  /** Which of the reads comes back first. */
  readonly placeOf?: (count: number) => number;
}

/** Trains with norms that come back late. For one test: see {@link HeldReads}. */
export async function runLate(run: Watched, steps: readonly Values[], { lagOf, placeOf }: LagOptions): Promise<Run> {
  const reads = new HeldReads();
  for (const [step, values] of steps.entries()) {
    run.inner.step = step;
    run.apply(values);
    while (reads.count > lagOf(step)) await reads.release(placeOf?.(reads.count));
  }
  await reads.releaseAll();
  reads.end();
  await run.clipper.settled();
  const received = await run.inner.received();
  run.inner.dispose();
  return { ...run, received };
}
