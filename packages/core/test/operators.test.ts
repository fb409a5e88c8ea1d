import {
  cap,
  clipWith,
  createClipper,
  fixed,
  GradclipError,
  rewarm,
  simulate,
  skipAbove,
  smallest,
  switchAt,
  times,
  warmup,
} from '@gradclip/core';
import type { ClipDecision, ClipPolicy, GuardOptions, PolicyLike } from '@gradclip/core';
import * as fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { anyNorm, guardOptions, NONSENSE, normBound, SEED } from './support/arbitraries.ts';
import { measured } from './support/measured.ts';
import { answering, eventOf, ring, script } from './support/policies.ts';

/** Decisions one after the other, and the code of the error that ended them. */
interface Outcome {
  readonly decisions: readonly ClipDecision[];
  readonly error: string | undefined;
}

function bySimulate(policy: PolicyLike, norms: readonly number[], options: GuardOptions): Outcome {
  try {
    const decisions = simulate(policy, norms, options);
    // It ends after a decision to halt; the others refuse the next event.
    const more = decisions.at(-1)?.action === 'halt' && decisions.length < norms.length;
    return { decisions, error: more ? 'HALTED' : undefined };
  } catch (error) {
    // It returns no part of a list, so the part before is simulated for itself.
    const at = Number((error as GradclipError).where['step']);
    return { decisions: simulate(policy, norms.slice(0, at), options), error: (error as GradclipError).code };
  }
}

function byClipWith(policy: PolicyLike, norms: readonly number[], options: GuardOptions): Outcome {
  const decisions: ClipDecision[] = [];
  let error: string | undefined;
  from(norms.map((norm, step) => eventOf(norm, step)))
    .pipe(clipWith(policy, options))
    .subscribe({ next: (decision) => decisions.push(decision), error: (cause: GradclipError) => (error = cause.code) });
  return { decisions, error };
}

function byClipper(policy: PolicyLike, norms: readonly number[], options: GuardOptions): Outcome {
  const clipper = createClipper(policy, { ...options, norm: 1 });
  clipper.alerts$.subscribe();
  const decisions: ClipDecision[] = [];
  try {
    for (const norm of norms) decisions.push(...clipper.decide(measured(norm)).decisions);
  } catch (error) {
    return { decisions, error: (error as GradclipError).code };
  }
  return { decisions, error: undefined };
}

type MeanState = { seen: number; mean: number };
/** Twice the mean of all norms before; a state of its own, changed in place. */
const mean: ClipPolicy<MeanState> = {
  name: 'mean',
  init: () => ({ seen: 0, mean: 0 }),
  decide(state, { norm }) {
    const bound = state.seen ? 2 * state.mean || Infinity : Infinity;
    state.seen++;
    state.mean += norm / state.seen - state.mean / state.seen;
    return [bound, state];
  },
};

/** Answers 2, then now and then throws or answers nonsense. */
const faulty = (pattern: readonly boolean[], nonsense: unknown): ClipPolicy<null> =>
  answering(({ step }) => {
    if (!pattern[step % pattern.length]) return 2;
    if (nonsense === 'throw') throw new RangeError('out of range');
    return nonsense;
  }, 'faulty');

const someScript = fc.array(normBound, { minLength: 1, maxLength: 6 }).map(script);
const somePolicy: fc.Arbitrary<() => PolicyLike> = fc.oneof(
  fc.constantFrom(0.5, 2, Infinity).map((threshold) => () => threshold),
  fc.constantFrom(1, 3).map((threshold) => () => fixed(threshold)),
  fc.constant(() => mean),
  fc.integer({ min: 1, max: 5 }).map((window) => () => ring(window)),
  someScript.map((inner) => () => inner),
  someScript.map((inner) => () => cap(smallest(inner, mean), 4)),
  someScript.map((inner) => () => rewarm(times(inner, 2), { after: 2 })),
  someScript.map((inner) => () => skipAbove(inner, ring(3))),
  someScript.map((inner) => () => switchAt(3, mean, warmup(inner, { steps: 5, until: { skip: 'calibrating' } }))),
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('throw', ...NONSENSE.map(([, answer]) => answer)),
    )
    .map(
      ([pattern, nonsense]) =>
        () =>
          faulty(pattern, nonsense),
    ),
);

describe('clipWith, simulate and the clipper', () => {
  test('decide the same on the same norms of one key, whatever the norms, the policy and the guard', () => {
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(somePolicy, fc.array(anyNorm, { maxLength: 14 }), guardOptions, (make, norms, options) => {
        const clipper = byClipper(make(), norms, options);
        expect(byClipWith(make(), norms, options)).toEqual(clipper);
        expect(bySimulate(make(), norms, options)).toEqual(clipper);
        for (const { action } of clipper.decisions) seen.add(action);
        seen.add(clipper.error);
      }),
      { ...SEED, numRuns: 1500 },
    );
    expect(seen).toEqual(new Set(['pass', 'scale', 'skip', 'halt', undefined, 'HALTED', 'NON_FINITE']));
  });

  test('decide the same where a norm is too large to be a number and no element is bad', () => {
    for (const onNonFinite of ['skip', 'zero', 'pass', 'throw'] as const) {
      const [norms, options] = [[1, Infinity, 2, Infinity, Infinity], { onNonFinite, nonFiniteBudget: 2 }];
      const clipper = byClipper(1, norms, options);
      expect(byClipWith(1, norms, options), onNonFinite).toEqual(clipper);
      expect(bySimulate(1, norms, options), onNonFinite).toEqual(clipper);
    }
  });

  test('show the fields of a decision', () => {
    const [decision] = simulate(2, [8]);
    expect(decision).toEqual({
      step: 0,
      key: 'global',
      norm: 8,
      threshold: 2,
      action: 'scale',
      factor: 0.25, // 2 / 8
      normAfter: 2,
      policy: 'fixed',
      clock: 'exact',
      basedOn: 0,
    });
  });
});

describe('the guard of a list of norms', () => {
  test('skips bad norms, and halts at the last one of its budget', () => {
    const decisions = simulate(1, [NaN, 1, NaN, Infinity, -1, 4], { nonFiniteBudget: 3 });
    expect(decisions.map(({ action }) => action)).toEqual(['skip', 'pass', 'skip', 'skip', 'halt']);
    expect(decisions[0]).toMatchObject({
      norm: NaN,
      normAfter: 0,
      factor: 1,
      threshold: Infinity,
      reason: 'the gradient is not finite',
    });
  });

  test('halts at the tenth bad step in a row by default, and not before', () => {
    const bad = (count: number): number[] => Array.from({ length: count }, () => NaN);
    expect(simulate(1, [...bad(9), 1, ...bad(9), 1]).filter(({ action }) => action === 'halt')).toEqual([]);
    expect(simulate(1, [...bad(12)]).map(({ action }) => action)).toEqual([
      ...Array.from({ length: 9 }, () => 'skip'),
      'halt',
    ]);
  });

  test('passes bad norms when asked to, for ever, without asking the policy', () => {
    let asked = 0;
    const policy = answering(() => ++asked);
    const decisions = simulate(policy, [NaN, NaN, 8], { onNonFinite: 'pass', nonFiniteBudget: 1 });
    expect(decisions.map(({ action, normAfter }) => [action, normAfter])).toEqual([
      ['pass', NaN],
      ['pass', NaN],
      ['scale', 1],
    ]);
    expect(asked).toBe(1);
  });

  test('throws at a bad norm when asked to', () => {
    expect(() => simulate(1, [1, NaN], { onNonFinite: 'throw' })).toThrow(GradclipError);
  });

  test('quarantines a policy after its budget of faults, and goes on with the last good threshold', () => {
    let asked = 0;
    const policy = answering(() => (++asked === 1 ? 3 : 'nonsense'));
    const decisions = simulate(policy, [8, 8, 8, 8, 8], { policyFaultBudget: 2 });
    expect(decisions.map(({ normAfter }) => normAfter)).toEqual([3, 3, 3, 3, 3]);
    expect(asked).toBe(3);
    expect(decisions[4]!.reason).toContain('quarantined');
  });

  test('halts at the first fault when asked to', () => {
    const decisions = simulate(
      answering(({ step }) => (step ? NaN : 3)),
      [8, 8, 8],
      { onPolicyFault: 'halt' },
    );
    expect(decisions.map(({ action }) => action)).toEqual(['scale', 'halt']);
  });

  test.each<[options: GuardOptions, named: string]>([
    [{ epsilon: -1 }, 'epsilon'],
    [{ epsilon: Infinity }, 'epsilon'],
    [{ epsilon: '1' as never }, 'epsilon'],
    [{ envelope: { min: '1' as never } }, 'envelope.min'],
    [{ envelope: { max: '1' as never } }, 'envelope.max'],
    [{ onNonFinite: 'ignore' as never }, 'onNonFinite'],
    [{ nonFiniteBudget: 0 }, 'nonFiniteBudget'],
    [{ nonFiniteBudget: 1.5 }, 'nonFiniteBudget'],
    [{ envelope: { min: -1 } }, 'envelope.min'],
    [{ envelope: { max: 0 } }, 'envelope.max'],
    [{ envelope: { min: 3, max: 2 } }, 'envelope.max'],
    [{ onPolicyFault: 'ignore' as never }, 'onPolicyFault'],
    [{ policyFaultBudget: NaN }, 'policyFaultBudget'],
  ])('refuses %j', (options, named) => {
    for (const [caller, call] of [
      ['simulate', () => simulate(1, [], options)],
      ['clipWith', () => clipWith(1, options)],
      ['createClipper', () => createClipper(1, options)],
    ] as const) {
      expect(call).toThrow(`${caller}({ ${named} }) must be`);
    }
  });

  test('takes any iterable, and an empty one', () => {
    expect(simulate(1, new Set([0.5, 4])).map(({ factor }) => factor)).toEqual([1, 0.25]);
    expect(simulate(1, Float64Array.of(4))).toHaveLength(1);
    expect(simulate(1, [])).toEqual([]);
  });
});
