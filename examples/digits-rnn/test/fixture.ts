import type { ImageSet } from '../src/data.ts';

/** A few images without meaning. */
export function images(count: number): ImageSet {
  return {
    images: Float32Array.from({ length: count * 784 }, (_, i) => (i % 11) / 10),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
