import { copyImage } from './data.ts';
import type { ImageSet } from './data.ts';
import { createNetwork } from './network.ts';
import type { Parameters, Shape } from './network.ts';

/** A function that says which share of the images is classified rightly; `every` 8 looks at each eighth image only. */
export function createAccuracy(shape: Shape, set: ImageSet): (weights: Parameters, every?: number) => number {
  const size = 50;
  const network = createNetwork(shape, size);
  return (weights, every = 1) => {
    const count = Math.floor(set.labels.length / every);
    let right = 0;
    for (let start = 0; start < count; start += size) {
      const inBatch = Math.min(size, count - start);
      for (let i = 0; i < inBatch; i++) copyImage(set, (start + i) * every, 1, network.input, i, size);
      network.forward(weights);
      for (let i = 0; i < inBatch; i++) {
        const logits = network.output.subarray(i * shape.classes, (i + 1) * shape.classes);
        if (largestAt(logits) === set.labels[(start + i) * every]) right++;
      }
    }
    return right / count;
  };
}

/** Where the largest value is; 0 when they are all NaN. */
function largestAt(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
