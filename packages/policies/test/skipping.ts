import type { ClipBound, GradientNormEvent } from '@gradclip/core';
import { expect } from 'vitest';
import { skipSpikes } from '../src/index.ts';
import type { SkipSpikesOptions } from '../src/index.ts';
import { answers } from './answers.ts';

export const isSkip = (bound: ClipBound): boolean => typeof bound === 'object' && 'skip' in bound;

/** The steps that are skipped. */
export function skipped(options: SkipSpikesOptions, events: readonly GradientNormEvent[]): number[] {
  const bounds = answers(skipSpikes(options), events);
  for (const bound of bounds) if (!isSkip(bound)) expect(bound).toBe(Infinity);
  return bounds.flatMap((bound, i) => (isSkip(bound) ? [i] : []));
}
