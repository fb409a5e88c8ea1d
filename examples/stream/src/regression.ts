const gradient = new Float32Array(20);

/** Gradient of a linear regression on 16 samples, of which now and then one is far off. Seeded by the step. */
export function noisyGradient(weights: Float32Array, step: number): Float32Array {
  const random = mulberry32(step + 1);
  gradient.fill(0);
  for (let sample = 0; sample < 16; sample++) {
    const x = Array.from({ length: 20 }, () => gaussian(random));
    const outlier = random() < 0.002 ? 1000 : 1;
    const target = x.reduce((sum, value, i) => sum + value * (i % 3), 0) + outlier * gaussian(random);
    const error = x.reduce((sum, value, i) => sum + value * weights[i]!, 0) - target;
    x.forEach((value, i) => (gradient[i]! += (error * value) / 16));
  }
  return gradient;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
