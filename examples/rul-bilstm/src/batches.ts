import { shuffle } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';
import { collect } from './windows.ts';
import type { Batch, WindowSet } from './windows.ts';

/** Goes through the windows in a random order, in a new one each time all have been seen. */
export function createBatches(set: WindowSet, size: number, random: Random): () => Batch {
  const order = Uint32Array.from(set.remaining, (_, i) => i);
  let position = order.length;
  return () => {
    if (position + size > order.length) {
      shuffle(order, random);
      position = 0;
    }
    position += size;
    return collect(set, order.subarray(position - size, position));
  };
}
