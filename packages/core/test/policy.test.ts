import { assertOption, cap, createClipper, definePolicy, fixed, GradclipError, simulate } from '@gradclip/core';
import type { ClipPolicy, GradientNormEvent } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { describe as inWords } from '../src/errors.ts';
import { errorOf } from './support/errors.ts';
import { measured } from './support/measured.ts';
import { always, answering, ring } from './support/policies.ts';

describe('fixed', () => {
  test('is a constant threshold, 1 by default', () => {
    expect(fixed()).toMatchObject({ name: 'fixed', options: { threshold: 1 } });
    expect(simulate(fixed(2), [0, 1, 2, 4]).map(({ factor }) => factor)).toEqual([1, 1, 1, 0.5]); // 2 / 4
    expect(fixed(3).forecast!(null, { step: 0, key: 'a' })).toBe(3);
    expect(fixed(3).explain!(null)).toBe('a constant threshold of 3');
  });

  test('is off at Infinity', () => {
    expect(simulate(fixed(Infinity), [1e300])).toMatchObject([{ action: 'pass', threshold: Infinity }]);
  });

  test.each([0, -0, -1, NaN, -Infinity, '1', null, [1], 1n, {}])('refuses %s', (threshold) => {
    const error = errorOf(() => fixed(threshold as never));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toMatch(/^fixed\(threshold\) must be a number > 0, got .+\. Give threshold a value/);
  });
});

describe('wherever a policy is taken', () => {
  test('a number means a fixed threshold', () => {
    expect(simulate(2, [8])).toEqual(simulate(fixed(2), [8]));
    expect(createClipper(2).state()).toEqual(createClipper(fixed(2)).state());
  });

  test.each<[what: string, value: unknown]>([
    ['a text', 'percentile'],
    ['nothing', undefined],
    ['null', null],
    ['a factory that was not called', fixed],
    ['an object without decide', { name: 'x', init: () => null }],
    ['an object without init', { name: 'x', decide: () => [1, null] }],
    ['an object without a name', { ...always(1), name: '' }],
    ['a promise of one', Promise.resolve(fixed(1))],
  ])('%s is refused, with the name of the argument', (_what, value) => {
    for (const [call, argument] of [
      [() => simulate(value as never, []), 'simulate'],
      [() => cap(value as never, 1), 'cap'],
      [() => createClipper(1, { shadows: { watch: value as never } }), 'shadows.watch'],
    ] as const) {
      const error = errorOf(call);
      expect(error.code).toBe('INVALID_POLICY');
      expect(error.message).toContain(`${argument} must be a policy or a number`);
      expect(error.advice).toContain('name, init and decide');
    }
  });

  test('a frozen one will do', () => {
    expect(simulate(Object.freeze(always(2)), [8])).toMatchObject([{ factor: 0.25 }]);
  });

  test('definePolicy returns what it is given', () => {
    const policy: ClipPolicy<null> = always(1);
    expect(definePolicy(policy)).toBe(policy);
  });
});

describe('a policy', () => {
  test('is asked once a step with finite norms, in order, and never with bad ones', () => {
    const norms: number[] = [];
    const policy = answering(({ norm }) => (norms.push(norm), Infinity));
    simulate(policy, [1, NaN, 0, Infinity, 2]);
    expect(norms).toEqual([1, 0, 2]);
  });

  test('meets raw norms, whatever was done about them', () => {
    const seen: number[] = [];
    const policy = answering(({ norm }) => (seen.push(norm), { factor: 0.1 }));
    simulate(policy, [5, 5, 5], { envelope: { max: 1 } });
    expect(seen).toEqual([5, 5, 5]);
  });

  test('gets its own state back, and after a fault the same one again', () => {
    const states: unknown[] = [];
    const policy: ClipPolicy<{ step: number }> = {
      name: 'states',
      init: () => ({ step: -1 }),
      decide(state, { step }) {
        states.push(state);
        return [step === 1 ? NaN : 1, { step }];
      },
    };
    simulate(policy, [2, 2, 2, 2], { policyFaultBudget: Infinity });
    expect(states).toEqual([{ step: -1 }, { step: 0 }, { step: 0 }, { step: 2 }]);
    expect(states[2]).toBe(states[1]);
  });

  test('has one state a key, made when the key is first seen', () => {
    const made: string[] = [];
    const policy = { ...ring(3), init: (key: string) => (made.push(key), ring(3).init(key)) };
    const clipper = createClipper(policy, { norm: 1, scope: 'tensor' });
    expect(made).toEqual([]);
    clipper.decide(measured(2, 'a'));
    clipper.decide(measured(3, 'b'));
    clipper.decide(measured(4, 'a'));
    expect(made).toEqual(['a', 'b']);
  });

  test('is shown one and the same event object again and again', () => {
    const events: GradientNormEvent[] = [];
    const clipper = createClipper(
      answering((event) => (events.push(event), 1)),
      { norm: 1 },
    );
    for (const norm of [1, 2]) clipper.decide(measured(norm));
    expect(events[0]).toBe(events[1]);
  });

  test('cannot change what is decided by writing to its event', () => {
    const policy = answering((event) => (Object.assign(event, { norm: 1e-9, step: 7, key: 'x' }), 1));
    expect(simulate(policy, [4])).toMatchObject([{ norm: 4, factor: 0.25, step: 0, key: 'global' }]);
    const clipper = createClipper(policy, { norm: 1 });
    expect(clipper.decide(measured(4)).decisions).toMatchObject([{ norm: 4, factor: 0.25, step: 0, key: 'global' }]);
  });
});

describe('an error', () => {
  test('has a code, a place, an advice that ends the message, and a cause', () => {
    const cause = new Error('disk');
    const error = new GradclipError('SOME_CODE', 'It broke.', { where: { step: 3 }, advice: 'Mend it.', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'GradclipError',
      code: 'SOME_CODE',
      message: 'It broke. Mend it.',
      where: { step: 3 },
      advice: 'Mend it.',
      cause,
    });
    expect(new GradclipError('SOME_CODE', 'It broke.', { advice: 'Mend it.' })).not.toHaveProperty('cause');
  });

  test('of an option names the factory, the option, the rule and the value', () => {
    const { message, where } = errorOf(() => assertOption('movingAverage', 'decay', 1, false, 'in [0, 1)'));
    expect(message).toBe('movingAverage({ decay }) must be in [0, 1), got 1. Give decay a value that is in [0, 1).');
    expect(where).toEqual({ factory: 'movingAverage', option: 'decay', value: '1' });
  });

  test.each<[value: unknown, words: string]>([
    [undefined, 'undefined'],
    [-0, '-0'],
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
    [[1, 2], 'an array of 2'],
    [new Float64Array(9), 'a Float64Array'],
    [{ a: 1, b: 2 }, '{ a, b }'],
    [Object.create(null), '{}'],
    [Symbol('s'), 'a symbol'],
    [() => 1, 'a function'],
  ])('describes a value in a few words', (value, words) => {
    expect(inWords(value)).toBe(words);
  });
});
