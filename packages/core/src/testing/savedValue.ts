import type { Json } from '../json.ts';

/** The name of a field is free up to this length. */
const NAME = 32;

/**
 * How many values plain data has: a number, a boolean and null are one each, a text is one for every 8 characters, and so
 * is what a key has beyond 32. What a list or an object contains is one at least, also an empty text, list or object.
 */
export function sizeOf(saved: Json): number {
  if (typeof saved === 'string') return Math.ceil(saved.length / 8);
  if (typeof saved !== 'object' || saved === null) return 1;
  const keys = Array.isArray(saved) ? [] : Object.keys(saved);
  const beyond = keys.reduce((sum, key) => sum + Math.ceil(Math.max(0, key.length - NAME) / 8), 0);
  return Object.values(saved).reduce((sum: number, value) => sum + Math.max(1, sizeOf(value)), beyond);
}

/** Overwrites all that can be overwritten in a saved value. */
export function scramble(saved: unknown): void {
  if (typeof saved !== 'object' || saved === null) return;
  for (const [field, value] of Object.entries(saved)) {
    scramble(value);
    if (typeof value === 'number') Reflect.set(saved, field, 12_345.5);
  }
  if (Array.isArray(saved) && !Object.isFrozen(saved)) saved.push(12_345.5);
}
