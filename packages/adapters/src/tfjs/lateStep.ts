import {
  argMax,
  cast,
  concat,
  equal,
  gather,
  isFinite,
  mul,
  onesLike,
  reshape,
  slice,
  sub,
  sum,
  transpose,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { ClipForecast, Measurement, StepContext } from '@gradclip/core';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { clear, measured } from '../buffers/columns.ts';
import { clamped } from './apply.ts';
import { partsOf, createReader, fillReduced, joined, matricesOf, readReduced, reduce } from './device.ts';
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
 * Clips on the device and reads nothing. The first tensor is what the host needs to know later: the rows reduced, the number
 * of bad elements in each chunk with the place and value of the first, the weights reduced where they are needed, the loss where
 * it is given. The others are the gradients.
 */
export function clipLate({ gradients, layout, loss }: LateInput, forecast: ClipForecast, keys: Keys): Tensor[] {
  const { order } = layout.gradients;
  const tensors = gradients.map(({ tensor }) => tensor);
  const matrices = matricesOf(tensors, layout.chunks);
  const reduced = reduce(matrices, order);
  const masks = matrices.map((matrix) => isFinite(matrix));
  const bad = badOf(masks, matrices);
  const parts = [...partsOf(reduced), bad.counts, bad.places, bad.values];
  if (layout.weights) parts.push(...partsOf(reduce(matricesOf(weightsOf(gradients), layout.chunks), order)));
  if (loss) parts.push(reshape<Rank.R1>(loss, [1]));
  const packed = concat(parts);
  if (!forecast.applied) return [packed, ...tensors];
  const factors = factorsOf(keys, reduced, order, forecast);
  const instead = forecast.dropsNonFinite ? zerosLike(factors) : onesLike(factors);
  const used = where<Tensor1D>(equal(sum(bad.counts), 0), factors, instead);
  const result = [...tensors];
  layout.chunks.forEach(({ members, units }, c) => {
    const matrix = matrices[c]!;
    // Bad elements are taken out before anything is multiplied by 0, which leaves NaN and makes it of Infinity.
    const whole = forecast.dropsNonFinite ? where<Tensor2D>(masks[c]!, matrix, zerosLike(matrix)) : matrix;
    const clipped = clippedBy(whole, used, keys.of[members[0]!]!, keys, forecast);
    const cut = cutter(units > 1 ? transpose(clipped) : clipped);
    for (const i of members) result[i] = cut(tensors[i]!);
  });
  return [packed, ...result];
}

/** Cuts tensors, one after the other, from what they were joined to. */
function cutter(joint: Tensor): (like: Tensor) => Tensor {
  const flat = reshape<Rank.R1>(joint, [-1]);
  let from = 0;
  return ({ size, shape }) => {
    const own = size === flat.size ? flat : slice(flat, from, size);
    from += size;
    return reshape(own, shape);
  };
}

/** How many elements of each chunk are not finite, where the first of them is, and what. */
function badOf(
  masks: readonly Tensor[],
  matrices: readonly Tensor[],
): Record<'counts' | 'places' | 'values', Tensor1D> {
  const each = masks.map((mask, c) => {
    const bad = sub(1, cast(reshape<Rank.R1>(mask, [-1]), 'float32'));
    const place = reshape<Rank.R1>(argMax(bad), [1]);
    const value = gather(reshape<Rank.R1>(matrices[c]!, [-1]), cast(place, 'int32'));
    return [reshape<Rank.R1>(sum(bad), [1]), cast(place, 'float32'), value] as const;
  });
  const column = (i: 0 | 1 | 2): Tensor1D => joined(each.map((columns) => columns[i]));
  return { counts: column(0), places: column(1), values: column(2) };
}

/** A factor and a limit for the whole matrix, or for each of its rows. */
function clippedBy(
  matrix: Tensor2D,
  factors: Tensor1D,
  [first, count]: readonly [number, number],
  keys: Keys,
  forecast: ClipForecast,
): Tensor {
  const own = keys.list.length === count ? factors : slice(factors, first, count);
  const clamps = keys.list.slice(first, first + count).map(({ name, unit }) => {
    const bound = forecast.bound(name, unit);
    return typeof bound === 'object' && 'clamp' in bound ? bound.clamp : Infinity;
  });
  return clamped(mul(matrix, reshape(own, [count, 1])), Float64Array.from(clamps), [count, 1]);
}

/** The measurement a late step is closed with. */
export function measuredLate(layout: Layout, values: Float32Array): Measurement {
  const { gradients, weights, chunks } = layout;
  const read = createReader(values);
  clear(layout);
  const reduced = readReduced(read, layout);
  const [counts, places, first] = [read(chunks.length), read(chunks.length), read(chunks.length)];
  if (!fillReduced(gradients, layout, reduced)) nameBad(layout, counts, places, first);
  // Weights that are not finite have no norm.
  if (weights && !fillReduced(weights, layout, readReduced(read, layout))) weights.power.fill(NaN);
  return measured(layout, undefined);
}

/** Counts the bad elements and names the first. */
function nameBad(
  { gradients, rows, sizes, chunks }: Layout,
  counts: Float32Array,
  places: Float32Array,
  values: Float32Array,
): void {
  chunks.forEach(({ members, units }, c) => {
    if (counts[c]! > 0 && !gradients.firstBad) {
      let place = places[c]!;
      let m = 0;
      for (; place >= sizes[members[m]!]!; m++) place -= sizes[members[m]!]!;
      const tensor = members[m]!;
      // The rows of a tensor with units were its columns.
      const length = sizes[tensor]! / units;
      const unit = Math.floor(place / length);
      const index = (place % length) * units + unit;
      gradients.firstBad = { name: rows[tensor]!.name, index, value: values[c]! };
    }
    gradients.nonFinite += counts[c]!;
  });
  gradients.nonFinite ||= 1;
}
