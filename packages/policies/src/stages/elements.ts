import { GradclipError } from '@gradclip/core';
import type { Json } from '@gradclip/core';

/** A number for each element of a tensor, and how many steps of it were taken. */
export type Elements = {
  steps: number;
  readonly values: Float64Array;
};

/** How stages with such a state make, save and load it: 8 bytes an element in memory, 11 saved. */
export const elements: {
  init(tensor: string, length: number): Elements;
  save(state: Elements): Json;
  load(saved: Json, version: number): Elements;
} = {
  init: (_tensor, length) => ({ steps: 0, values: new Float64Array(length) }),
  save: ({ steps, values }) => ({ steps, values: toText(values) }),
  load(saved, version) {
    const { steps, values } = (saved ?? {}) as { readonly steps?: Json; readonly values?: Json };
    if (version === 1 && Number.isSafeInteger(steps) && typeof values === 'string')
      return { steps: steps as number, values: fromText(values) };
    throw new GradclipError(
      'STATE_MISMATCH',
      `The saved state of a stage is of version ${version}, not 1, or damaged.`,
      {
        advice: "Use the version of @gradclip/policies that wrote it, or restore with { policy: 'reset' }.",
      },
    );
  },
};

/** The bytes in base64, because digits take twice the room and a hundred times the work. */
function toText(values: Float64Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = '';
  // So many arguments every engine takes.
  for (let from = 0; from < bytes.length; from += 8192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(text);
}

function fromText(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
}
