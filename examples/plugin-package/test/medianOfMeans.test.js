import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { simulate } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { medianOfMeans, plugin } from 'clip-policy-median-of-means';

const registry = createRegistry([plugin]);
const thresholds = (policy, norms) => simulate(policy, norms).map(({ threshold }) => threshold);

test('the threshold is a multiple of the median of the means of the last blocks', () => {
  // Means of two: 2, 5, 5. Lower medians: 2; 2 of 2 and 5; 5.
  const first = [Infinity, Infinity, 4, 4, 4, 4, 10];
  assert.deepEqual(thresholds(medianOfMeans({ size: 2 }), [1, 3, 8, 2, 4, 6, 1]), first);
  // Means of two: 2, 5, 5, 1, 1. Lower medians: 2; 2 of 2 and 5; 5; then without the first, 5 of 5, 5, 1; 1 of 5, 1, 1.
  const norms = [1, 3, 8, 2, 4, 6, 1, 1, 0, 2, 9];
  const wanted = [Infinity, Infinity, 6, 6, 6, 6, 15, 15, 15, 15, 3];
  assert.deepEqual(thresholds(medianOfMeans({ multiple: 3, blocks: 3, size: 2 }), norms), wanted);
});

test('spikes in four of nine blocks leave the threshold where it is', () => {
  const norms = Array.from({ length: 91 }, (_, i) => (i % 20 === 15 ? 1e6 : 1));
  assert.equal(thresholds(medianOfMeans(), norms).at(-1), 2);
});

test('a lasting rise of 100 times is followed after 50 steps', () => {
  const norms = Array.from({ length: 151 }, (_, i) => (i < 100 ? 1 : 100));
  const found = thresholds(medianOfMeans(), norms);
  assert.equal(found.indexOf(200), 150);
  assert.equal(found[149], 2);
});

test('zeros do not clip, and the largest numbers do not overflow', () => {
  assert.deepEqual(thresholds(medianOfMeans({ size: 2 }), [0, 0, 5]), [Infinity, Infinity, Infinity]);
  const largest = Number.MAX_VALUE;
  assert.equal(thresholds(medianOfMeans({ size: 2, multiple: 1 }), [largest, largest, 1]).at(-1), largest);
});

test('it says why', () => {
  const policy = medianOfMeans({ size: 2 });
  let state = policy.init('global');
  assert.equal(policy.explain(state), 'threshold none; the next is none: no block is full; 0 norms are in a new block');
  for (const norm of [1, 3, 8]) [, state] = policy.decide(state, { step: 0, key: 'global', norm, size: 1 });
  const why = '2 * the median of the means of 1 blocks of 2 norms; 1 norms are in a new block';
  assert.equal(policy.explain(state), `threshold 4; the next is 4: ${why}`);
});

test('a state that version 1 saved goes on as if this version had seen its norms', () => {
  const policy = medianOfMeans({ blocks: 3, size: 2 });
  const norms = [1, 3, 8, 2, 4, 6, 1, 1, 5];
  let state = policy.init('global');
  for (const norm of norms) [, state] = policy.decide(state, { step: 0, key: 'global', norm, size: 1 });
  // The last three means, the oldest first, and the norms of the block that is not full.
  let restored = policy.load({ means: [5, 5, 1], norms: [5] }, 1);
  for (const norm of [3, 7, 2, 2, 9, 1]) {
    const event = { step: 0, key: 'global', norm, size: 1 };
    const [wanted, after] = policy.decide(state, event);
    const [got, next] = policy.decide(restored, event);
    assert.equal(got, wanted);
    [state, restored] = [after, next];
  }
});

test('a state of a version to come is refused', () => {
  assert.throws(() => medianOfMeans().load({}, 3), { code: 'STATE_MISMATCH' });
});

test('what is no option is refused by name, and the registry lists all at once', () => {
  const code = 'INVALID_OPTION';
  assert.throws(() => medianOfMeans({ size: 0 }), { code, message: /medianOfMeans\(\{ size \}\) must be an integer/ });
  assert.throws(() => medianOfMeans({ sizes: 3 }), { code, message: /Known are multiple, blocks, size/ });
  const options = { multiple: '2', sizes: 3 };
  const message = /multiple: must be a finite number > 0; sizes: is not an option/;
  assert.throws(() => registry.policy({ name: 'medianOfMeans', options }), { code: 'INVALID_SPEC', message });
});

test('the plugin says the version of the package', () => {
  const entry = import.meta.resolve('clip-policy-median-of-means');
  const manifest = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8'));
  assert.deepEqual([plugin.meta.name, plugin.meta.version], [manifest.name, manifest.version]);
});
