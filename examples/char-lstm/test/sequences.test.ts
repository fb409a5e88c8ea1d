import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../src/backend.ts';
import { sequencesAt, spread, startsIn } from '../src/sequences.ts';
import { sequenceLength } from '../src/setting.ts';
import { alphabet } from '../src/text.ts';

beforeAll(startBackend);

const codes = Uint8Array.from({ length: 3 * sequenceLength + 1 }, (_, i) => i % alphabet.length);

test('sequences follow each other without a gap, and the last one has a letter after it', () => {
  expect([...startsIn(codes)]).toEqual([0, sequenceLength, 2 * sequenceLength]);
  expect([...startsIn(codes.subarray(0, -1))]).toEqual([0, sequenceLength]);
});

test('some are spread over the whole text', () => {
  const starts = spread(new Uint8Array(1000), 4);
  expect(starts).toEqual(Uint32Array.of(0, 241, 482, 723));
  expect(spread(codes, 50).length).toBe(3);
});

test('letters are one-hot, and targets are one letter ahead', () => {
  const before = memory().numTensors;
  const { inputs, targets } = sequencesAt(codes, Uint32Array.of(sequenceLength));
  for (const [tensor, first] of [
    [inputs, sequenceLength],
    [targets, sequenceLength + 1],
  ] as const) {
    expect(tensor.shape).toEqual([1, sequenceLength, alphabet.length]);
    const values = [...tensor.dataSync()];
    for (let i = 0; i < sequenceLength; i++) {
      const row = values.slice(i * alphabet.length, (i + 1) * alphabet.length);
      expect(row.indexOf(1)).toBe(codes[first + i]);
      expect(row.reduce((sum, value) => sum + value)).toBe(1);
    }
    tensor.dispose();
  }
  expect(memory().numTensors).toBe(before);
});
