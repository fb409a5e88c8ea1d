import type { StepDecision } from './decision.ts';
import type { GradientNormEvent, StepContext } from './event.ts';
import type { KeyTable } from './layout.ts';
import { jointNorm, largestOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';

export type WritableEvent = { -readonly [K in keyof GradientNormEvent]-?: GradientNormEvent[K] | undefined };

/** All fields from the start: one shape, whatever a policy needs. */
export function createEvent(): WritableEvent {
  const needed = { globalNorm: undefined, maxAbs: undefined, weightNorm: undefined };
  return { step: 0, key: '', norm: 0, size: 0, ...needed, loss: undefined, learningRate: undefined };
}

/** What the keys of a step have in common. */
export interface StepSource {
  readonly step: number;
  readonly m: Measurement;
  readonly context: StepContext;
  readonly lossScale: number;
  /** Norm over all tensors. */
  readonly joint: number;
}

/**
 * Writes what the policy of key k may see of it. The event is its lane's own, so that fields the policy did not ask for
 * have never been written.
 */
export function writeEvent(event: WritableEvent, table: KeyTable, k: number, source: StepSource): void {
  const { needs } = table.lanes[k]!;
  event.step = source.step;
  event.key = table.hosts[k]!.key;
  event.norm = table.norms[k]!;
  event.size = table.sizes[k]!;
  if (needs.globalNorm) event.globalNorm = source.joint;
  if (needs.maxAbs) event.maxAbs = maxAbsOf(table, k, source);
  if (needs.weightNorm) event.weightNorm = table.weightNorms[k];
  if (needs.loss) event.loss = source.context.loss;
  if (needs.learningRate) event.learningRate = source.context.learningRate;
}

/** Largest magnitude of a key, in the unit of its norm. */
function maxAbsOf({ rows, rowStart }: KeyTable, k: number, { m, lossScale }: StepSource): number {
  return largestOf(m.maxAbs!, rows, rowStart[k]!, rowStart[k + 1]!) / lossScale;
}

/** Fills the scratch of a table; returns the first key whose numbers cannot be used, and why. */
export function measureKeys(table: KeyTable, m: Measurement, lossScale: number): string | undefined {
  const { rows, rowStart, norms, sizes, weightNorms, hosts, lanes } = table;
  let trouble: string | undefined;
  for (let k = 0; k < hosts.length; k++) {
    const from = rowStart[k]!;
    const to = rowStart[k + 1]!;
    let size = 0;
    for (let i = from; i < to; i++) size += m.size[rows[i]!]!;
    const norm = jointNorm(m.power, m.scale, m.order, rows, from, to) / lossScale;
    sizes[k] = size;
    norms[k] = norm;
    if (!(norm >= 0 && norm < Infinity)) trouble ??= `the norm of ${hosts[k]!.key} is ${norm}`;
    const { needs } = lanes[k]!;
    if (size === 0) continue;
    if (needs.maxAbs && !(largestOf(m.maxAbs!, rows, from, to) < Infinity))
      trouble ??= `the largest element of ${hosts[k]!.key} is not finite`;
    if (!needs.weightNorm) continue;
    const weightNorm = jointNorm(m.weightPower!, m.weightScale, m.order, rows, from, to);
    weightNorms[k] = weightNorm;
    if (!(weightNorm < Infinity)) trouble ??= `the weights of ${hosts[k]!.key} are not finite`;
  }
  return trouble;
}

/** The events of a step as observers get them, one a key that was decided. */
export function* observedEvents(
  table: KeyTable,
  source: Pick<StepSource, 'm' | 'context' | 'lossScale'>,
  decision: StepDecision,
): Iterable<GradientNormEvent> {
  const { step, norm: joint, decisions } = decision;
  const whole = { ...source, step, joint };
  let next = 0;
  for (let k = 0; k < table.hosts.length; k++) {
    const own = decisions[next];
    if (own?.key !== table.hosts[k]!.key) continue;
    next++;
    yield observedEvent(table, k, own.norm, whole);
  }
}

/** An object of their own, frozen because they share it, with the fields its policy asked for. */
function observedEvent(table: KeyTable, k: number, norm: number, source: StepSource): GradientNormEvent {
  const event = { step: 0, key: '', norm: 0, size: 0 };
  writeEvent(event as WritableEvent, table, k, source);
  event.norm = norm;
  return Object.freeze(event);
}
