import { decode, encode } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { variants } from './variants.ts';
import { loaded, noise, savedAfter, thresholds } from './support.ts';

const random = noise(3);
const norms = Array.from({ length: 150 }, (_, step) => {
  if (step % 41 === 7) return 1e300;
  if (step % 17 === 3) return 0;
  return step % 3 === 0 ? Math.ceil(5 * random.next().value) : 10 * random.next().value;
});

describe.each(variants)('%s', (_, make: () => ClipPolicy) => {
  test('saved as text after any step and loaded, goes on as if it had not stopped', () => {
    const expected = run(make(), norms, 0);
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

function run(policy: ClipPolicy, some: readonly number[], step: number, text?: string): number[] {
  const state = text === undefined ? policy.init('global') : loaded(policy, text);
  return thresholds(policy, some, state, step);
}
