import { createRandom } from '@gradclip/example-compare/worker';
import { describe, expect, test } from 'vitest';
import { createBatches } from '../src/batches.ts';
import { copyImage, drawDamaged, loadDigits } from '../src/data.ts';
import { createNetwork } from '../src/network.ts';
import { shape } from '../src/setting.ts';
import { images } from './fixture.ts';

describe('the digits', () => {
  const { training, test: testing } = loadDigits();

  test('are 8,000 for training and 2,000 for testing, each of 784 pixels from 0 to 1', () => {
    expect(training.labels.length).toBe(8000);
    expect(testing.labels.length).toBe(2000);
    for (const set of [training, testing]) {
      expect(set.images.length).toBe(set.labels.length * 784);
      expect(set.images.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
    }
  });

  test('have all ten labels in both sets, in the same proportions', () => {
    const count = (labels: Uint8Array, digit: number) => labels.filter((label) => label === digit).length;
    for (let digit = 0; digit < 10; digit++) {
      expect(count(training.labels, digit)).toBeGreaterThan(600);
      expect(Math.abs(count(training.labels, digit) - 4 * count(testing.labels, digit))).toBeLessThan(5);
    }
  });

  test('are in memory that threads share', () => {
    expect(training.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

describe('the damage', () => {
  test('is drawn by the seed', () => {
    const draw = (seed: number) => [...drawDamaged(8, 8000, createRandom(seed))];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(3)).size).toBe(8);
  });

  test('meets every damaged image once in each pass over the images', () => {
    const set = images(64);
    const batches = createBatches(set, new Set([3, 17, 40]), 8, createRandom(1));
    const network = createNetwork(shape, 8);
    for (let pass = 0; pass < 3; pass++) {
      const found = Array.from({ length: 8 }, () => batches.next(network));
      expect(found.reduce((sum, count) => sum + count, 0)).toBe(3);
    }
  });

  test('makes the pixels 255 times too large', () => {
    const set = images(8);
    const network = createNetwork(shape, 8);
    const largest = (damaged: Set<number>) => {
      createBatches(set, damaged, 8, createRandom(1)).next(network);
      return Math.max(...network.input);
    };
    expect(largest(new Set())).toBeCloseTo(1);
    expect(largest(new Set([0]))).toBeCloseTo(255);
  });
});

test('batches follow the seed, and hold every image once a pass', () => {
  const set = images(40);
  const labelsOf = (seed: number) => {
    const batches = createBatches(set, new Set(), 10, createRandom(seed));
    const network = createNetwork(shape, 10);
    return Array.from({ length: 4 }, () => (batches.next(network), [...batches.labels])).flat();
  };
  expect(labelsOf(1)).toEqual(labelsOf(1));
  expect(labelsOf(1)).not.toEqual(labelsOf(2));
  expect(labelsOf(1).sort()).toEqual([...set.labels].sort());
});

test('the rows of an image become the steps of a sequence', () => {
  const set = images(2);
  const input = new Float32Array(28 * 3 * 28);
  copyImage(set, 1, 1, input, 2, 3);
  for (const row of [0, 9, 27]) {
    const from = 784 + row * 28;
    expect([...input.subarray((row * 3 + 2) * 28, (row * 3 + 3) * 28)]).toEqual([
      ...set.images.subarray(from, from + 28),
    ]);
  }
});
