import {
  argMax,
  cast,
  concat,
  greater,
  isFinite,
  min,
  mul,
  reshape,
  slice,
  sub,
  sum,
  where,
} from '@tensorflow/tfjs-core';
import type { ClipForecast, Measurement, StepContext } from '@gradclip/core';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { clear, measured } from '../buffers/columns.ts';
import { clamped } from './apply.ts';
import { fillReduced, matricesOf, reduce } from './device.ts';
import type { Reduced } from './device.ts';
import type { Gradient } from './gradients.ts';
import { weightsOf } from './host.ts';
import { factorsOf } from './lateFactors.ts';
import type { Keys } from './lateFactors.ts';
import type { Layout } from './layout.ts';

/** What a step needs beside its gradients. */
export interface LateInput {
  readonly gradients: readonly Gradient[];
  readonly layout: Layout;
  readonly context: StepContext;
  /** Where a policy needs it. */
  readonly loss: Tensor | undefined;
}

/**
 * Clips on the device and reads nothing. The first tensor is what the host needs to know later: maxima and powers of the
 * rows, the number of bad elements and the place of the first one in each chunk, maxima and powers of the weights where
 * they are needed, the loss where it is given. The others are the gradients.
 */
export function clipLate({ gradients, layout, loss }: LateInput, forecast: ClipForecast, keys: Keys): Tensor[] {
  const { order } = layout.gradients;
  const tensors = gradients.map(({ tensor }) => tensor);
  const matrices = matricesOf(tensors, layout.chunks);
  const reduced = reduce(matrices, order);
  const parts = [reduced.maxima, reduced.powers, ...badOf(matrices)];
  if (layout.weights) {
    const { maxima, powers } = reduce(matricesOf(weightsOf(gradients), layout.chunks), order);
    parts.push(maxima, powers);
  }
  if (loss) parts.push(reshape<Rank.R1>(loss, [1]));
  const packed = concat(parts);
  if (!forecast.applied) return [packed, ...tensors];
  const factors = factorsOf(keys, reduced, order, forecast);
  const good = isGood(reduced);
  const clip = (tensor: Tensor, i: number): Tensor => {
    const place = keys.of[i];
    if (!place) return tensor;
    const clipped = clippedBy(tensor, factors, place, keys, forecast);
    // Never a multiplication by 0, which leaves NaN and turns Infinity into it.
    return where(good, clipped, forecast.dropsNonFinite ? 0 : tensor);
  };
  return [packed, ...tensors.map(clip)];
}

function isGood({ maxima, powers }: Reduced): Tensor {
  return greater(min(cast(isFinite(concat([maxima, powers])), 'float32')), 0);
}

/** How many elements of each chunk are not finite, and where the first of them is. */
function badOf(matrices: readonly Tensor2D[]): [counts: Tensor1D, places: Tensor1D] {
  const bad = matrices.map((matrix) => sub(1, cast(isFinite(reshape<Rank.R1>(matrix, [-1])), 'float32')));
  const counts = bad.map((each) => reshape<Rank.R1>(sum(each), [1]));
  const places = bad.map((each) => reshape<Rank.R1>(cast(argMax(each), 'float32'), [1]));
  return [concat(counts), concat(places)];
}

function clippedBy(
  tensor: Tensor,
  factors: Tensor1D,
  [first, count]: readonly [number, number],
  keys: Keys,
  forecast: ClipForecast,
): Tensor {
  const own = keys.list.length === count ? factors : slice(factors, first, count);
  const scaled = mul(tensor, count === 1 ? reshape(own, []) : own);
  const clamps = keys.list.slice(first, first + count).map(({ name, unit }) => {
    const bound = forecast.bound(name, unit);
    return typeof bound === 'object' && 'clamp' in bound ? bound.clamp : Infinity;
  });
  return clamped(scaled, Float64Array.from(clamps));
}

/** The measurement a late step is closed with. */
export function measuredLate(layout: Layout, values: Float32Array): Measurement {
  const { gradients, weights, chunks } = layout;
  const rows = chunks.reduce((total, { units }) => total + units, 0);
  let next = 0;
  const take = (count: number): Float32Array => values.subarray(next, (next += count));
  clear(layout);
  const finite = fillReduced(gradients, layout, take(rows), take(rows));
  const [counts, places] = [take(chunks.length), take(chunks.length)];
  if (!finite) nameBad(layout, counts, places, values);
  if (weights) fillReduced(weights, layout, take(rows), take(rows));
  return measured(layout, undefined);
}

/** Counts the bad elements and names the first. Whether it is NaN or infinite, the maximum of its row tells. */
function nameBad(
  { gradients, rows, shapes, chunks }: Layout,
  counts: Float32Array,
  places: Float32Array,
  maxima: Float32Array,
): void {
  let row = 0;
  chunks.forEach(({ members, units }, c) => {
    if (counts[c]! > 0 && !gradients.firstBad) {
      let place = places[c]!;
      const length = (i: number): number => shapes[i]!.reduce((product, size) => product * size, 1);
      const tensor = members.find((i) => place < length(i) || ((place -= length(i)), false)) ?? members[0]!;
      const unit = Math.floor(place / (length(tensor) / units));
      const index = units === 1 ? place : (place % (length(tensor) / units)) * units + unit;
      const value = maxima[row + unit] === Infinity ? Infinity : NaN;
      gradients.firstBad = { name: rows[tensor]!.name, index, value };
    }
    gradients.nonFinite += counts[c]!;
    row += units;
  });
  gradients.nonFinite ||= 1;
}
