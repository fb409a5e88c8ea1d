import { decode, encode } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { skipSpikes } from '../src/index.ts';
import { bounds, loaded, noise, savedAfter } from './support.ts';
import { variants } from './variants.ts';

const random = noise(3);
const norms = Array.from({ length: 150 }, (_, step) => {
  if (step % 41 === 7) return 1e300;
  if (step % 17 === 3) return 0;
  return step % 3 === 0 ? Math.ceil(5 * random.next().value) : 10 * random.next().value;
});

const onLosses = [
  () => skipSpikes({ window: 20 }),
  () => skipSpikes({ on: 'loss', window: 20, sigmaFactor: 3, guarded: true }),
  () => skipSpikes({ variant: 'levanter', window: 20 }),
].map((make): [string, () => ClipPolicy] => [`skipSpikes ${encode(make().options!)}`, make]);

describe.each([...variants, ...onLosses])('%s', (_, make: () => ClipPolicy) => {
  test('saved as text after any step and loaded, goes on as if it had not stopped', () => {
    const expected = run(make(), norms, 0);
    const numbers = expected.flatMap((bound) => (typeof bound === 'number' ? bound : Object.values(bound)));
    expect(numbers).not.toContain(NaN);
    for (let cut = 0; cut <= norms.length; cut++) {
      const text = savedAfter(make(), norms.slice(0, cut));
      expect(run(make(), norms.slice(cut), cut, text)).toEqual(expected.slice(cut));
    }
  });

  test('saves a loaded state as it was', () => {
    const text = savedAfter(make(), norms);
    const policy = make();
    const state = loaded(policy, text);
    expect(encode(policy.save ? policy.save(state) : (state as never))).toBe(text);
  });

  test('its options survive the codec', () => {
    const { options } = make();
    expect(decode(encode(options!))).toEqual(options);
  });
});

test('policies that look at losses skip some of these events, and not all', () => {
  for (const [, make] of onLosses) {
    const skips = run(make(), norms, 0).filter((bound) => typeof bound === 'object').length;
    expect(skips).toBeGreaterThan(0);
    expect(skips).toBeLessThan(norms.length / 2);
  }
});

function run(policy: ClipPolicy, some: readonly number[], step: number, text?: string): ClipBound[] {
  const state = text === undefined ? policy.init('global') : loaded(policy, text);
  return bounds(policy, some, state, step);
}
