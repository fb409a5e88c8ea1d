import type { Json } from '../json.ts';

/** How many values plain data has: a number, a boolean and null are one each, a text is one for every 8 characters. */
export function sizeOf(saved: Json): number {
  if (typeof saved === 'string') return Math.ceil(saved.length / 8);
  if (typeof saved !== 'object' || saved === null) return 1;
  return Object.values(saved).reduce((sum: number, value) => sum + sizeOf(value), 0);
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
