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
  save: ({ steps, values }) => ({ steps, length: values.length, values: toText(values) }),
  load(saved, version) {
    const { steps, length, values: text } = (saved ?? {}) as Partial<Record<'steps' | 'length' | 'values', Json>>;
    const values = typeof text === 'string' ? fromText(text) : undefined;
    if (version === 1 && isCount(steps) && values && values.length === length) return { steps, values };
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

/** undefined: such a text was never written. */
function fromText(text: string): Float64Array | undefined {
  try {
    return new Float64Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  } catch {
    return undefined;
  }
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
