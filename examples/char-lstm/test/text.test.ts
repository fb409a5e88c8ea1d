import { describe, expect, test } from 'vitest';
import { lettersAlone } from '../src/setting.ts';
import { alphabet, encode, loadText } from '../src/text.ts';

const decode = (codes: Uint8Array) => Array.from(codes, (code) => alphabet[code]).join('');

describe('the text', () => {
  const { training, heldOut } = loadText();

  test('is the beginning of Moby Dick for training and its end for testing', () => {
    expect(decode(training.subarray(0, 49))).toBe('call me ishmael. some years ago never mind how lo');
    expect(decode(heldOut).trimEnd()).toMatch(/as it rolled five thousand years ago\.$/);
    expect([training.length, heldOut.length]).toEqual([320_000, 100_000]);
  });

  test('has all letters of the alphabet, and nothing else', () => {
    expect(new Set(training).size).toBe(alphabet.length);
    expect(Math.max(...heldOut)).toBeLessThan(alphabet.length);
  });

  test('is in memory that threads share', () => {
    expect(training.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('needs as many bits as the setting says when only the frequencies of its letters are known', () => {
    const counts = new Float64Array(alphabet.length);
    for (const code of training) counts[code]!++;
    const bits = heldOut.reduce((sum, code) => sum - Math.log2(counts[code]! / training.length), 0);
    expect(bits / heldOut.length).toBeCloseTo(lettersAlone, 2);
  });
});

test('letters are made small, and what is not in the alphabet a single space', () => {
  expect(decode(encode('Œ 12 Ha—ha!\n“So”'))).toBe(' ha ha!\n so ');
});
