import { cast, oneHot, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { sequenceLength } from './setting.ts';
import { alphabet } from './text.ts';

/** Sequences of letters, each letter one-hot: `[sequences, sequenceLength, letters of the alphabet]`. */
export interface Sequences {
  readonly inputs: Tensor;
  /** The letter that follows each letter of the inputs. */
  readonly targets: Tensor;
}

/** Where sequences that do not overlap can begin, in order. */
export function startsIn(codes: Uint8Array): Uint32Array {
  const count = Math.floor((codes.length - 1) / sequenceLength);
  return Uint32Array.from({ length: count }, (_, i) => i * sequenceLength);
}

/** The sequences that begin at these places; the caller disposes them. */
export function sequencesAt(codes: Uint8Array, starts: Uint32Array): Sequences {
  return { inputs: encoded(codes, starts, 0), targets: encoded(codes, starts, 1) };
}

function encoded(codes: Uint8Array, starts: Uint32Array, shift: number): Tensor {
  const letters = new Int32Array(starts.length * sequenceLength);
  starts.forEach((start, i) => {
    const from = start + shift;
    letters.set(codes.subarray(from, from + sequenceLength), i * sequenceLength);
  });
  return tidy(() => {
    const indices = tensor2d(letters, [starts.length, sequenceLength], 'int32');
    // Cast, not made as float32: the oneHot of the wasm backend then writes the bits of integers.
    return cast(oneHot(indices, alphabet.length), 'float32');
  });
}

/** Places of so many sequences, spread evenly over the text; of fewer where they would overlap. */
export function spread(codes: Uint8Array, count: number): Uint32Array {
  const own = Math.min(count, Math.floor((codes.length - 1) / sequenceLength));
  const gap = Math.floor((codes.length - sequenceLength - 1) / own);
  return Uint32Array.from({ length: own }, (_, i) => i * gap);
}
