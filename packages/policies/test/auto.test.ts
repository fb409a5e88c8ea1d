import { describe, expect, test } from 'vitest';
import { auto } from '../src/index.ts';
import { plainly } from './autoPlainly.ts';
import { bounds, noise, savedAfter } from './support.ts';

const random = noise(11);
const next = () => random.next().value;
/** Norms around a level, as gradients of a calm training are: log-normal with this deviation. */
const around = (level: number, count: number, deviation = 0.3): number[] =>
  Array.from({ length: count }, () => {
    const gauss = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    return level * Math.exp(deviation * gauss);
  });
/** Threshold and target of every bound; they are one number where it is a number. */
const boundsOf = (norms: readonly number[]): { threshold: number; target: number }[] =>
  bounds(auto(), norms).map((bound) => {
    if (typeof bound === 'number') return { threshold: bound, target: bound };
    return bound as { threshold: number; target: number };
  });
const thresholds = (norms: readonly number[]): number[] => boundsOf(norms).map(({ threshold }) => threshold);
const last = (norms: readonly number[]): number => thresholds([...norms, 1]).at(-1)!;

test('the threshold is 2.5 levels, the level the median of the first norms, but that it rises by 1 % a step', () => {
  // the level: 4; 3, the lower median of (3, 4); 3 · 1.01, below 4 of (3, 4, 5); 3 · 1.01², below 4 of (3, 4, 5, 5)
  const levels = [4, 3, 3 * 1.01, 3 * 1.01 * 1.01];
  expect(thresholds([4, 3, 5, 5, 5])).toEqual([Infinity, ...levels.map((level) => 2.5 * level)]);
});

test('a norm above it is brought to the median where that is lower', () => {
  const calm = Array.from({ length: 200 }, (_, i) => (i % 2 ? 1 : 1.2));
  expect(boundsOf([...calm, 50]).at(-1)).toEqual({ threshold: 2.5, target: 1 });
  expect(typeof bounds(auto(), [...calm, ...calm.map((norm) => 9 * norm)])[270]).toBe('number');
});

test('where neighbouring norms differ much, the threshold is nearer to the level', () => {
  const wild = Array.from({ length: 200 }, (_, i) => [1, 4][i % 2]!);
  // scatter ln 4, level 1
  expect(last(wild)).toBeCloseTo(1.25 / Math.log(4), 9);
});

test('zeros do not count', () => {
  expect(thresholds([0, 0, 4, 0, 2, 0, 0])).toEqual([Infinity, Infinity, Infinity, 10, 10, 5, 5]);
});

test('agrees with the rule written down plainly, through every branch', () => {
  const norms = [
    1e-5, // as good as nothing
    ...around(1, 400),
    ...around(100, 500), // a change of scale up
    ...around(2000, 500), // and another
    ...around(0.5, 300), // and down
    ...around(20, 700, 1.5), // an explosion
    ...around(0.4, 300),
    ...Array.from({ length: 20 }, () => 1e5), // a burst
    ...around(0.4, 400, 0.8), // wild, which is remembered
    ...around(0.01, 300, 0.05), // very calm
    ...around(0.4, 400, 0.8), // the return
    ...around(2, 400, 0.01), // a rise so quiet that the floor of the scatter matters
    ...around(0.001, 300, 0),
    ...around(0.01, 400, 0.01),
  ];
  const expected = plainly(norms);
  expect([...new Set(expected.phases)].toSorted()).toEqual([
    'else',
    'far',
    'lower',
    'noisy rise',
    'quiet rise',
    'restart',
    'return',
    'start',
  ]);
  const found = boundsOf(norms);
  for (const [i, { threshold, target }] of expected.answers.entries()) {
    if (threshold === Infinity) expect(found[i]!.threshold, `step ${i}`).toBe(Infinity);
    else expect(Math.abs(found[i]!.threshold / threshold - 1), `threshold of step ${i}`).toBeLessThan(1e-8);
    if (target < Infinity) expect(Math.abs(found[i]!.target / target - 1), `target of step ${i}`).toBeLessThan(1e-8);
  }
});

describe('the first steps', () => {
  test('a run that explodes after its first step does not take the level along', () => {
    expect(last([0.4, ...around(20, 60)])).toBeLessThan(2.5 * 0.4 * 1.01 ** 60);
  });

  test('a first norm that is as good as nothing is forgotten with the third', () => {
    const [, second, third, fourth] = thresholds([1e-300, 1, 1, 1]);
    expect(Math.max(second!, third!)).toBeLessThan(1e-299);
    expect(fourth).toBeGreaterThan(1);
  });

  test('a first norm that is 50 times too large is forgotten with the second', () => {
    expect(last([50, 1])).toBe(2.5);
  });
});

test('a level that had held before is returned to within 331 steps, however calm it was in between', () => {
  const norms = [...around(1, 1000, 0.6), ...around(0.05, 300, 0.05), ...around(1, 331, 0.6)];
  expect(last(norms)).toBeGreaterThan(1);
});

describe('a change of scale', () => {
  test.each([100, 10_000])('%d times up is followed within 331 steps, down within 128', (times) => {
    for (let trial = 0; trial < 5; trial++) {
      const calm = around(1, 500);
      expect(last([...calm, ...around(times, 331)])).toBeGreaterThan(times);
      expect(last([...calm, ...around(1 / times, 128)])).toBeLessThan(5 / times);
    }
  });
});

test('the smallest norms there are get thresholds above 0', () => {
  const norms = Array.from({ length: 300 }, (_, i) => (i % 2 ? 1e300 : Number.MIN_VALUE));
  for (const { threshold, target } of boundsOf(norms)) expect(Math.min(threshold, target)).toBeGreaterThan(0);
});

test('twenty bad steps in a row move the threshold by no more than 3 %', () => {
  const calm = around(1, 500);
  const before = last(calm);
  const after = thresholds([...calm, ...around(1000, 20, 2), ...around(1, 40)]).slice(500);
  for (const threshold of after) expect(Math.abs(threshold / before - 1)).toBeLessThan(0.03);
});

describe('a level that is too low by less than 2.5 times rises', () => {
  const clipped = (norms: readonly number[], from: number): number => {
    const counted = thresholds(norms).slice(from);
    return counted.filter((threshold, i) => norms[from + i]! > threshold).length / counted.length;
  };
  test.each([
    ['after a first norm far below the usual ones', [0.1, ...around(1, 6000, 0.8)], 4000, 0.5],
    ['after a rise of three times', [...around(1, 1000, 0.4), ...around(3, 4000, 0.4)], 3000, 0.06],
    ['in a slow drift', around(1, 10_000, 0.4).map((norm, t) => norm * 2 ** (t / 5000)), 1000, 0.06],
  ])('%s', (_, norms, from, atMost) => expect(clipped(norms, from)).toBeLessThan(atMost));

  test('but not where norms scatter more than they did', () => {
    expect(last([...around(1, 1000, 0.2), ...around(2, 4000, 0.6)]) / last(around(1, 1000, 0.2))).toBeLessThan(1.3);
  });
});

test('an explosion, which scatters more, is not followed', () => {
  const calm = around(1, 500);
  expect(last([...calm, ...around(25, 1500, 1.2)]) / last(calm)).toBeLessThan(1.5);
});

test('a training that becomes calmer is followed at once', () => {
  const falling = Array.from({ length: 3000 }, (_, i) => Math.exp(-i / 500) * around(1, 1)[0]!);
  expect(last(falling)).toBeLessThan(2.5 * Math.exp(-5.7));
});

test.each([-900, -1, 1, 900])('norms times 2^%d give thresholds times 2^%d, to the last bit', (power) => {
  const norms = [...around(1, 300), ...around(100, 300), ...around(3, 300, 1.5)];
  const scaled = boundsOf(norms.map((norm) => norm * 2 ** power));
  expect(scaled).toEqual(
    boundsOf(norms).map(({ threshold, target }) => ({
      threshold: threshold * 2 ** power,
      target: target * 2 ** power,
    })),
  );
});

test('the state does not grow', () => {
  const norms = around(1, 5000);
  expect(savedAfter(auto(), norms).length).toBeLessThan(8000);
});

describe('explains itself', () => {
  const explained = (norms: readonly number[]) => {
    const policy = auto();
    let state = policy.init('global');
    for (const [step, norm] of norms.entries())
      [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
    return policy.explain!(state);
  };
  const calm = Array.from({ length: 200 }, (_, i) => (i % 2 ? 1 : 1.2));

  test.each([
    ['before anything', [], 'no threshold: no norm above 0 is known'],
    ['at first', [1, 1], '2 norms are known, their median is 1; the calm level is now 1'],
    ['when calm', calm, 'threshold 2.5; the calm level is now 1, the threshold 2.5 times that'],
    [
      'at a spike',
      [...calm, 50],
      'the norm was above it, where auto asks for the median, or for the threshold if that is less: a spike, noise',
    ],
    ['when it falls', [...calm, ...calm.map((norm) => norm / 9)].slice(0, 264), 'its lowest so far'],
    ['in a quiet rise', [...calm, ...calm.map((norm) => 9 * norm).slice(0, 130)], 'a change of scale after'],
    ['at a zero', [...calm, 50, 0], 'the norm was 0, which is not recorded'],
    [
      'in an explosion',
      [...calm, ...calm.map((norm, i) => (i % 2 ? 9 : 50) * norm)],
      'explosion: the norms have risen',
    ],
  ])('%s', (_, norms, words) => expect(explained(norms)).toContain(words));

  test.each([
    ['at a restart', [...calm, ...calm.map((each) => 9 * each)], 'change of scale'],
    [
      'at a return',
      [
        ...calm.map((each, i) => (i % 2 ? 1 : 2) * each),
        ...calm.map(() => 0.05),
        ...calm.map((_, i) => (i % 2 ? 1 : 2.4)),
      ],
      'the norms have returned',
    ],
  ])('%s', (_, norms, words) => {
    const policy = auto();
    let state = policy.init('global');
    const said = new Set<string>();
    for (const [step, norm] of norms.entries()) {
      [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
      said.add(policy.explain!(state));
    }
    expect([...said].some((text) => text.includes(words))).toBe(true);
  });
});
