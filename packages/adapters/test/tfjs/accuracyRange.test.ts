import { describe, expect, it } from 'vitest';
import { exactly, exactPower, random, relativeError as exactError, times } from '../oracle.ts';
import { expectNear, expectNorms, measured } from './lateSupport/measure.ts';
import { normOf } from './lateSupport/norms.ts';
import { isSlow } from './lateSupport/run.ts';

/** The largest number of float32. */
const LARGEST = 3.4028234663852886e38;
const SIZES = isSlow ? [1, 128, 5000] : [1, 4, 128, 5000, 70_000];

const noise = (size: number, length: number): Float32Array => {
  const next = random(size);
  return Float32Array.from({ length: size }, () => length * (next() < 0.5 ? -1 : 1) * (0.01 + 0.99 * next()));
};

it('is compared with a norm that is right', () => {
  for (const [i, length] of [1, 1e-30, 1e-40, LARGEST, 1e19].entries()) {
    const values = noise(50 + i, length);
    const norm = exactly(normOf(values));
    expect(exactError(times(norm, norm), exactPower(values, 2))).toBeLessThan(1e-15);
    expect(exactError(exactly(normOf(values, 1)), exactPower(values, 1))).toBeLessThan(1e-15);
  }
});

describe('the norm of gradients of any magnitude', () => {
  const lengths = [1e-30, 1e-25, 1e-20, 1e-19, 1e-10, 1, 256, 65_504, 1e10, 1e18, 1e19, 3e19, 1e30, 3e38, LARGEST];
  it.each(lengths)('%d', async (length) => {
    for (const size of SIZES)
      for (const norm of isSlow ? [2] : [1, 2, Infinity]) {
        await expectNorms(`${size} of order ${norm}`, { w: noise(size, length) }, { norm });
        await expectNorms(`${size} equal of order ${norm}`, { w: new Float32Array(size).fill(length) }, { norm });
      }
  });

  it('is finite where a sum of squares is not: four of 3e19, 128 of 1e19, and all at the end of the range', async () => {
    for (const [size, value] of [
      [4, 3e19],
      [128, 1e19],
      [1000, LARGEST],
    ] as const) {
      const w = new Float32Array(size).fill(value);
      const wanted = Math.sqrt(size) * Math.fround(value);
      for (const clock of ['exact', 'late'] as const)
        expectNear((await measured({ w }, clock)).get('global'), wanted, `${size} of ${value}, ${clock}`);
    }
  });

  it('of orders that are not reduced on a device', async () => {
    for (const length of [1e-30, 1e-20, 1e19, LARGEST])
      for (const norm of [3, 0.5]) await expectNorms(`${length}, order ${norm}`, { w: noise(300, length) }, { norm });
  });
});

describe('the norm of mixed magnitudes', () => {
  const mixed = (size: number): Float32Array => {
    const next = random(size);
    return Float32Array.from({ length: size }, () => (next() < 0.5 ? -1 : 1) * 10 ** (76 * next() - 38));
  };

  it.each(SIZES)('in one tensor of %i', async (size) => {
    for (const norm of [1, 2, Infinity]) await expectNorms(`order ${norm}`, { w: mixed(size) }, { norm });
    const falling = new Float32Array(size).fill(1e-4);
    falling[0] = 1;
    for (const norm of [1, 2]) await expectNorms(`1 and then 1e-4, order ${norm}`, { w: falling }, { norm });
  });

  it('in tensors, in rows of their own and joined', async () => {
    const large = isSlow ? 65_537 : 100_000;
    for (const [a, b] of [
      [1e-20, 1e19],
      [1e19, 1e-20],
      [LARGEST, LARGEST],
      [1e-30, 1e-30],
      [1, 1e-6],
      [1e38, 0],
    ] as const)
      for (const norm of isSlow ? [2] : [1, 2, Infinity]) {
        const values = { small: noise(30, a), large: noise(large, b), other: noise(40, b) };
        await expectNorms(`${a} and ${b}, order ${norm}`, values, { norm });
      }
  });

  it('in units', async () => {
    const shapes = { w: [500, 4] };
    const lengths = [1e-30, 1, 1e19, LARGEST];
    const w = Float32Array.from(noise(2000, 1), (x, i) => x * lengths[i % 4]!);
    for (const norm of [1, 2, Infinity])
      for (const clock of ['exact', 'late'] as const) {
        const norms = await measured({ w }, clock, { norm, shapes, scope: 'unit' });
        lengths.forEach((length, unit) => {
          const wanted = normOf(
            w.filter((_, i) => i % 4 === unit),
            norm,
          );
          expectNear(norms.get(`w#${unit}`), wanted, `${length}, order ${norm}, ${clock}`);
        });
      }
  });
});
