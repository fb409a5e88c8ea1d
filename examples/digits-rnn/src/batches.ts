import { shuffle } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';
import { copyImage, damage } from './data.ts';
import type { ImageSet } from './data.ts';
import type { Network } from './network.ts';

export interface Batches {
  /** The labels of the current batch. */
  readonly labels: Uint8Array;
  /** Fills the input of the network with the next images; returns how many of them are damaged. */
  next(network: Network): number;
}

/** Goes through the images in a random order, in a new one each time all have been seen. */
export function createBatches(set: ImageSet, damaged: ReadonlySet<number>, size: number, random: Random): Batches {
  const order = Uint16Array.from(set.labels, (_, i) => i);
  const labels = new Uint8Array(size);
  let position = order.length;

  function next(network: Network): number {
    if (position + size > order.length) {
      shuffle(order, random);
      position = 0;
    }
    let found = 0;
    for (let i = 0; i < size; i++) {
      const index = order[position++]!;
      const isDamaged = damaged.has(index);
      if (isDamaged) found++;
      copyImage(set, index, isDamaged ? damage : 1, network.input, i, size);
      labels[i] = set.labels[index]!;
    }
    return found;
  }

  return { labels, next };
}
