import { assertOption, createClipper, decode, encode, GradclipError, warmup } from '@gradclip/core';
import type { ClipperOptions, Measurement } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { answering, clip, clipNorms, codeOf, errorOf, measure, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

describe('GradclipError', () => {
  it('is an error with a code, a place, an advice and a cause', () => {
    const cause = new Error('why');
    const error = new GradclipError('SOME_CODE', 'It happened.', { where: { step: 3 }, advice: 'Do this.', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'GradclipError',
      code: 'SOME_CODE',
      where: { step: 3 },
      advice: 'Do this.',
      cause,
    });
    expect(error.message).toBe('It happened. Do this.');
    expect(String(error)).toBe('GradclipError: It happened. Do this.');
  });

  it('has an empty place and no cause when none is given', () => {
    const error = new GradclipError('SOME_CODE', 'It happened.', { advice: 'Do this.' });
    expect(error.where).toEqual({});
    expect('cause' in error).toBe(false);
  });
});

describe('an option that cannot be used', () => {
  it.each<[option: string, options: ClipperOptions]>([
    ['norm', { norm: 0 }],
    ['norm', { norm: -1 }],
    ['norm', { norm: NaN }],
    ['norm', { norm: '2' as never }],
    ['scope', { scope: 'layer' as never }],
    ['epsilon', { epsilon: -1 }],
    ['epsilon', { epsilon: NaN }],
    ['epsilon', { epsilon: Infinity }],
    ['onNonFinite', { onNonFinite: 'ignore' as never }],
    ['nonFiniteBudget', { nonFiniteBudget: 0 }],
    ['nonFiniteBudget', { nonFiniteBudget: 1.5 }],
    ['nonFiniteBudget', { nonFiniteBudget: NaN }],
    ['envelope.min', { envelope: { min: -1 } }],
    ['envelope.min', { envelope: { min: Infinity } }],
    ['envelope.min', { envelope: { min: NaN } }],
    ['envelope.max', { envelope: { max: 0 } }],
    ['envelope.max', { envelope: { max: NaN } }],
    ['envelope.max', { envelope: { min: 2, max: 1 } }],
    ['onPolicyFault', { onPolicyFault: 'throw' as never }],
    ['policyFaultBudget', { policyFaultBudget: 0 }],
    ['policyFaultBudget', { policyFaultBudget: -1 }],
    ['observe', { observe: 1 as never }],
  ])('%s, as in %o, is refused where the clipper is made', (option, options) => {
    const error = errorOf(() => createClipper(1, options));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', where: { factory: 'createClipper', option } });
    expect(error!.message).toContain(`createClipper({ ${option} }) must be`);
    expect(error!.message).toContain(', got ');
  });

  it('is said as text and rule', () => {
    const check = (value: unknown) =>
      errorOf(() => assertOption('movingAverage', 'decay', value, false, 'in [0, 1)'))!.message;
    expect(check(1)).toMatch(/^movingAverage\(\{ decay \}\) must be in \[0, 1\), got 1\. /);
    expect(
      [NaN, -0, 'x', null, undefined, [1, 2], {}, new Date(0), () => 1, 5n].map(
        (value) => /got (.*?)\. Give/.exec(check(value))![1],
      ),
    ).toEqual(['NaN', '-0', '"x"', 'null', 'undefined', 'an array of 2', '{}', 'a Date', 'a function', 'a bigint']);
    expect(check('x'.repeat(10_000)).length).toBeLessThan(300);
  });

  it.each([[], [1, 2]])('is refused in a list as well: %j', (...list) => {
    expect(errorOf(() => createClipper(1, list as never))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(errorOf(() => warmup(1, list as never))!.message).toContain(
      `warmup(options) must be an object, got an array of ${list.length}.`,
    );
  });

  it('that is right is not refused', () => {
    const options: ClipperOptions = {
      norm: Infinity,
      scope: 'unit',
      epsilon: 0,
      onNonFinite: 'pass',
      nonFiniteBudget: Infinity,
      envelope: { min: 1, max: 1 },
      onPolicyFault: 'halt',
      policyFaultBudget: Infinity,
      observe: true,
      shadows: {},
    };
    expect(codeOf(() => createClipper(1, options))).toBeUndefined();
    expect(codeOf(() => createClipper(Infinity, { norm: 0.5 }))).toBeUndefined();
  });
});

describe('a policy that is none', () => {
  it.each<[name: string, policy: unknown]>([
    ['a text', '1'],
    ['nothing', undefined],
    ['null', null],
    ['a function', () => 1],
    ['an object', {}],
    ['an object without a name', { init: () => null, decide: () => [1, null] }],
    ['an object with an empty name', { name: '', init: () => null, decide: () => [1, null] }],
    ['an object without decide', { name: 'x', init: () => null }],
  ])('%s is refused where the clipper is made', (_name, policy) => {
    for (const make of [
      () => createClipper(policy as never),
      () => createClipper(1, { shadows: { s: policy as never } }),
    ])
      expect(codeOf(make)).toBe('INVALID_POLICY');
  });

  it.each([0, -1, NaN, -Infinity])('a threshold of %d is refused', (threshold) => {
    expect(codeOf(() => createClipper(threshold))).toBe('INVALID_OPTION');
  });
});

describe('every error of a clipper', () => {
  const column = new Float64Array(9);
  const good = (): Measurement => measure(createClipper(1).plan, { w: [8] });
  const halted = () => {
    const clipper = createClipper(1, { nonFiniteBudget: 1 });
    clipNorms(clipper, [NaN]);
    return clipper;
  };
  const opened = () => {
    const clipper = createClipper(1);
    clipper.forecast(['w']);
    return clipper;
  };
  const thrown: [code: string, where: string[], act: () => unknown][] = [
    ['INVALID_OPTION', ['factory', 'option', 'value'], () => createClipper(0)],
    ['INVALID_POLICY', ['argument'], () => createClipper({} as never)],
    ['INVALID_GROUP', ['group'], () => createClipper([1 as never])],
    [
      'INVALID_SCOPE',
      ['group'],
      () =>
        createClipper(
          answering(() => 1, { scope: 'unit' }),
          { scope: 'tensor' },
        ),
    ],
    ['NO_GROUP', ['tensor', 'groups'], () => clip(createClipper([{ match: 'a', policy: 1 }]), { x: [1] })],
    [
      'DUPLICATE_KEY',
      ['key'],
      () => createClipper(1, { scope: 'tensor' }).decide({ ...good(), names: ['w', 'w'], power: column, size: column }),
    ],
    ['INVALID_MEASUREMENT', ['order', 'rows', 'needs'], () => createClipper(1).decide({ ...good(), power: column })],
    ['INVALID_MEASUREMENT', ['lossScale'], () => createClipper(1).decide({ ...good(), lossScale: -1 })],
    ['INVALID_CONTEXT', ['need'], () => clip(createClipper(answering(() => 1, { needs: ['loss'] })), { w: [1] })],
    ['STEP_OUT_OF_ORDER', ['step', 'expected'], () => clip(createClipper(1), { w: [1] }, { step: 1 })],
    ['NON_FINITE', ['step'], () => clip(createClipper(1, { onNonFinite: 'throw' }), { w: [NaN] })],
    ['HALTED', ['step'], () => clip(halted(), { w: [1] })],
    ['STEPS_IN_FLIGHT', ['open'], () => opened().state()],
    ['NO_OPEN_STEP', [], () => createClipper(1).arrive(good())],
    [
      'INVALID_MEASUREMENT',
      ['step'],
      () => opened().arrive(measure(createClipper(1, { scope: 'tensor' }).plan, { x: [1] })),
    ],
    ['UNKNOWN_TENSOR', ['tensor'], () => clip(createClipper(1), { w: [1] }).factors('x')],
    ['STATE_INVALID', [], () => createClipper(1).restore({})],
    ['STATE_MISMATCH', ['what', 'saved', 'own'], () => createClipper(1).restore(createClipper(2).state())],
    ['NOT_JSON', ['path'], () => encode(new Map() as never)],
    ['NOT_JSON', [], () => decode('{')],
  ];

  it.each(thrown)('%s says where (%o) and what to do', (code, where, act) => {
    const error = errorOf(act);
    expect(error).toMatchObject({ name: 'GradclipError', code });
    expect(Object.keys(error!.where)).toEqual(where);
    expect(error!.advice).toMatch(/^[A-Z].*\.$/);
    expect(error!.message.endsWith(` ${error!.advice}`)).toBe(true);
    // The place is plain data, which can be logged whole.
    expect(decode(encode(error!.where))).toEqual(error!.where);
    expect(error!.message).not.toContain('[object');
  });
});
