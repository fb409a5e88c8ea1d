import { definePolicy } from '@gradclip/core';
import { expect, test } from 'vitest';
import { explainer } from '../src/explain.ts';
import { madeUp } from '../src/testing/index.ts';

/** Keeps the norms it has seen. */
const keeps = definePolicy<readonly number[]>({
  name: 'keeps',
  init: () => [],
  decide: (seen, { norm, step }) => [1, [...seen, step, norm]],
  explain: (seen) => seen.join(' '),
});

test('a policy is shown the norms of a run, but no bad ones, each time anew', () => {
  const { history } = madeUp('fixed-1', { steps: 3 });
  const norm = Float64Array.of(4, NaN, 2);
  const explain = explainer(keeps);
  expect(explain({ ...history, norm })).toBe('0 4 2 2');
  expect(explain({ ...history, norm })).toBe('0 4 2 2');
});

test('one that says nothing is named', () => {
  const { explain: _, ...silent } = keeps;
  expect(explainer(silent)(madeUp('fixed-1').history)).toBe('keeps');
});
