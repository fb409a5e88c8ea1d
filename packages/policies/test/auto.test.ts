import { describe, expect, test } from 'vitest';
import { auto } from '../src/index.ts';
import { noise, savedAfter, thresholds } from './support.ts';

const random = noise(11);
const next = () => random.next().value;
/** Norms around a level, as gradients of a calm training are: log-normal with this deviation. */
const around = (level: number, count: number, deviation = 0.3): number[] =>
  Array.from({ length: count }, () => {
    const gauss = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    return level * Math.exp(deviation * gauss);
  });
const last = (norms: readonly number[]): number => thresholds(auto(), [...norms, 1]).at(-1)!;

test('the threshold is 2.5 medians of the first norms', () => {
  // lower medians 4; 2 of (2, 4); 4 of (2, 4, 6); 4 of (2, 4, 6, 9); 4 of (1, 2, 4, 6, 9)
  expect(thresholds(auto(), [4, 2, 6, 9, 1, 1])).toEqual([Infinity, 10, 5, 10, 10, 10]);
});

test('zeros do not count', () => {
  expect(thresholds(auto(), [0, 0, 4, 0, 2, 0, 0])).toEqual([Infinity, Infinity, Infinity, 10, 10, 5, 5]);
});

test('agrees with the rule written down plainly, through every branch', () => {
  const norms = [
    ...around(1, 400),
    ...around(100, 500), // a change of scale up
    ...around(0.5, 300), // and down
    ...around(20, 700, 1.5), // an explosion
    ...around(0.4, 300),
    ...Array.from({ length: 20 }, () => 1000), // a burst
    ...around(0.4, 100),
    ...around(2, 400, 0.01), // a rise so quiet that the floor of the scatter matters
  ];
  const expected = plainly(norms);
  expect(new Set(expected.phases)).toEqual(new Set(['start', 'lower', 'quiet rise', 'noisy rise', 'restart', 'else']));
  const found = thresholds(auto(), norms);
  for (const [i, threshold] of expected.thresholds.entries())
    expect(Math.abs(found[i]! / threshold - 1) < 1e-10 || found[i] === threshold, `step ${i}`).toBe(true);
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

test('twenty bad steps in a row move the threshold by nothing', () => {
  const calm = around(1, 500);
  const before = last(calm);
  const after = thresholds(auto(), [...calm, ...around(1000, 20, 2), ...around(1, 40)]).slice(500);
  for (const threshold of after) expect(threshold).toBe(before);
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
  const scaled = thresholds(
    auto(),
    norms.map((norm) => norm * 2 ** power),
  );
  expect(scaled).toEqual(thresholds(auto(), norms).map((threshold) => threshold * 2 ** power));
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
    ['at first', [1, 1], 'the calm level is now 1, the median of 2 norms'],
    ['when calm', calm, 'threshold 2.5 = 2.5 * the calm level; the calm level is now 1'],
    ['at a spike', [...calm, 50], 'the norm was a spike, or a rise began'],
    ['when it falls', [...calm, ...calm.map((norm) => norm / 9)].slice(0, 264), 'lowest median so far'],
    ['in a quiet rise', [...calm, ...calm.map((norm) => 9 * norm).slice(0, 130)], 'a change of scale after'],
    [
      'in an explosion',
      [...calm, ...calm.map((norm, i) => (i % 2 ? 9 : 50) * norm)],
      'explosion: the norms have risen',
    ],
  ])('%s', (_, norms, words) => expect(explained(norms)).toContain(words));

  test('at a restart', () => {
    const policy = auto();
    let state = policy.init('global');
    const said = new Set<string>();
    for (const [step, norm] of [...calm, ...calm.map((each) => 9 * each)].entries()) {
      [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
      said.add(policy.explain!(state).split(';')[1]!.split(':')[0]!.trim());
    }
    expect(said).toContain('change of scale');
  });
});

/** The rule as docs/auto.md says it, without any care for speed or for other engines. */
function plainly(norms: readonly number[]): { thresholds: number[]; phases: string[] } {
  const [K, patience] = [128, 2000];
  let [level, calm, hits, evidence] = [0, 0, 0, 0];
  const answers: number[] = [];
  const phases: string[] = [];
  norms.forEach((_, t) => {
    const threshold = level > 0 ? 2.5 * level : Infinity;
    answers.push(threshold);
    const window = norms.slice(Math.max(0, t + 1 - K), t + 1);
    const median = window.toSorted((a, b) => a - b)[(window.length - 1) >> 1]!;
    const steps = norms
      .slice(1, t + 1)
      .map((norm, i) => Math.abs(Math.log(norm / norms[i]!)))
      .slice(-K);
    const scatter = steps.length ? steps.reduce((a, b) => a + b) / steps.length : 0;
    if (window.length <= K / 2 || median < level) {
      [level, calm, hits, evidence] = [median, scatter, 0, 0];
      phases.push(window.length <= K / 2 ? 'start' : 'lower');
    } else if (window.length === K && window.filter((norm) => norm > threshold).length > 0.9 * K) {
      hits++;
      const isQuiet = scatter <= 1.25 * Math.max(calm, 0.1);
      evidence = isQuiet ? evidence + 1 : Math.max(0, evidence - 1);
      phases.push(isQuiet ? 'quiet rise' : 'noisy rise');
      if (evidence >= K / 2) {
        [level, hits, evidence] = [median, 0, 0];
        phases.push('restart');
      } else level *= 1 + hits / patience ** 2;
    } else {
      evidence = 0;
      phases.push('else');
    }
  });
  return { thresholds: answers, phases };
}
