import { concat, tidy } from '@tensorflow/tfjs-core';
import type { Measurement } from '@gradclip/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { clear, measured } from '../buffers/columns.ts';
import { isFloat32, isOnDevice } from './backend.ts';
import { partsOf, createReader, fillReduced, isReducible, matricesOf, readReduced, reduce } from './device.ts';
import type { Gradient } from './gradients.ts';
import { measureOnHost, weightsOf } from './host.ts';
import type { Layout } from './layout.ts';

/** The measurement of a step, read at once. @throws GradclipError WEIGHTS_MISSING */
export function measureNow(gradients: readonly Gradient[], layout: Layout): Measurement {
  const packed = reducedOnDevice(gradients, layout);
  return take(gradients, layout, packed && readAndDispose(packed));
}

/** The same, without waiting for the device. `use` gets the measurement at once, before another one can fill the columns. */
export async function measureLater<T>(
  gradients: readonly Gradient[],
  layout: Layout,
  use: (measurement: Measurement) => T,
): Promise<T> {
  const packed = reducedOnDevice(gradients, layout);
  try {
    const values = packed && ((await packed.data()) as Float32Array);
    return use(take(gradients, layout, values));
  } finally {
    packed?.dispose();
  }
}

/** undefined where the host has to read the gradients themselves. */
function reducedOnDevice(
  gradients: readonly Gradient[],
  { gradients: { order }, weights, chunks }: Layout,
): Tensor | undefined {
  if (!isOnDevice() || !isFloat32() || !isReducible(order) || !chunks.length) return undefined;
  return tidy(() => {
    const sets = [gradients.map(({ tensor }) => tensor), ...(weights ? [weightsOf(gradients)] : [])];
    return concat(sets.flatMap((tensors) => partsOf(reduce(matricesOf(tensors, chunks), order))));
  });
}

function readAndDispose(packed: Tensor): Float32Array {
  try {
    return packed.dataSync() as Float32Array;
  } finally {
    packed.dispose();
  }
}

/** `values` are {@link Reduced}: those of the gradients, then those of the weights. */
function take(gradients: readonly Gradient[], layout: Layout, values: Float32Array | undefined): Measurement {
  clear(layout);
  // A bad element is looked for where it can be counted and named.
  if (!values || !takeReduced(layout, values)) {
    clear(layout);
    measureOnHost(gradients, layout);
  }
  return measured(layout, undefined);
}

function takeReduced(layout: Layout, values: Float32Array): boolean {
  const { gradients, weights } = layout;
  const read = createReader(values);
  const finite = fillReduced(gradients, layout, readReduced(read, layout));
  return finite && (!weights || fillReduced(weights, layout, readReduced(read, layout)));
}
