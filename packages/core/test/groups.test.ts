import { createClipper } from '@gradclip/core';
import type { ClipGroup, Scope } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import {
  alertsOf,
  answering,
  clip,
  codeOf,
  codesOf,
  errorOf,
  measure,
  recording,
  spelledState,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const keysOf = (groups: readonly ClipGroup[], names: readonly string[]): readonly string[] =>
  clip(createClipper(groups), Object.fromEntries(names.map((name) => [name, [1]]))).decisions.map(({ key }) => key);
const policyOf = (groups: readonly ClipGroup[], name: string): number =>
  clip(createClipper(groups), { [name]: [64] }).decisions[0]!.threshold;

describe('which group has a tensor', () => {
  it('the first that matches wins', () => {
    const groups: ClipGroup[] = [{ match: 'encoder/norm', policy: 1 }, { match: 'encoder/', policy: 2 }, { policy: 3 }];
    expect(['encoder/norm/w', 'encoder/w', 'head'].map((name) => policyOf(groups, name))).toEqual([1, 2, 3]);
    expect(['encoder/norm/w', 'head'].map((name) => policyOf([...groups].reverse(), name))).toEqual([3, 3]);
  });

  it('a text is a prefix and not a pattern', () => {
    const groups: ClipGroup[] = [{ match: 'a.b', policy: 1 }, { policy: 2 }];
    expect(['a.b', 'a.bc', 'axb', 'xa.b', 'a'].map((name) => policyOf(groups, name))).toEqual([1, 1, 2, 2, 2]);
  });

  it.each([
    ['plain', /bias$/],
    ['global, which remembers its last match', /bias$/g],
    ['global and after a use elsewhere', Object.assign(/bias$/g, { lastIndex: 5 })],
  ])('an expression that is %s answers the same each time', (_name, match) => {
    const clipper = createClipper([{ match, policy: 1 }, { policy: 2 }]);
    for (let i = 0; i < 6; i++) {
      const step = clip(clipper, i % 2 ? { 'a/bias': [8], w: [8] } : { w: [8], 'b/bias': [8], 'a/bias': [8] });
      expect([...step.factors('a/bias')]).not.toEqual([...step.factors('w')]);
      expect(clipper.plan.scopeOf('a/bias')).toBe('group');
    }
  });

  it('a sticky expression matches at the start of the name, as it does in a first test', () => {
    const groups: ClipGroup[] = [{ match: /enc/y, policy: 1 }, { policy: 2 }];
    expect(['encoder', 'my-encoder'].map((name) => policyOf(groups, name))).toEqual([1, 2]);
  });

  it('an expression that is given stays as it is', () => {
    const match = Object.assign(/w/g, { lastIndex: 3 });
    policyOf([{ match, policy: 1 }, { policy: 2 }], 'w');
    expect(match.lastIndex).toBe(3);
  });

  it('a function decides by the name', () => {
    const groups: ClipGroup[] = [{ match: (name) => name.length > 3, policy: 1 }, { policy: 2 }];
    expect(['long name', 'w'].map((name) => policyOf(groups, name))).toEqual([1, 2]);
  });

  it('no group is an error that names the tensor and the groups, before anything changes', () => {
    const { policy, asked } = recording();
    const clipper = createClipper([
      { match: 'a', policy },
      { match: 'b', policy },
    ]);
    const before = spelledState(clipper);
    const error = errorOf(() => clip(clipper, { a: [1], x: [1] }));
    expect(error).toMatchObject({ code: 'NO_GROUP', where: { tensor: 'x', groups: ['a', 'b'] } });
    expect(codeOf(() => clipper.plan.scopeOf('x'))).toBe('NO_GROUP');
    expect(spelledState(clipper)).toBe(before);
    expect(asked).toEqual([]);
    expect(clip(clipper, { a: [1], b: [1] }, { step: 0 }).step).toBe(0);
  });
});

describe('the names of groups', () => {
  it('are given, or the prefix, the source of the expression, rest, or a number', () => {
    const groups: ClipGroup[] = [
      { match: 'a/', policy: 1 },
      { match: /^b/, policy: 1 },
      { match: (name) => name === 'c', policy: 1 },
      { match: 'd', policy: 1, name: 'the ds' },
      { policy: 1 },
    ];
    expect(keysOf(groups, ['a/1', 'b', 'c', 'd', 'e'])).toEqual(['a/', '^b', 'group 2', 'the ds', 'rest']);
  });

  it.each<[name: string, code: string, groups: unknown]>([
    [
      'two equal names',
      'INVALID_GROUP',
      [
        { match: 'a', policy: 1 },
        { match: /a/, policy: 1 },
      ],
    ],
    ['two groups for the rest', 'INVALID_GROUP', [{ policy: 1 }, { policy: 2 }]],
    ['no group', 'INVALID_GROUP', []],
    ['a policy in place of a group', 'INVALID_GROUP', [answering(() => 1)]],
    ['a number in place of a group', 'INVALID_GROUP', [1]],
    ['null in place of a group', 'INVALID_GROUP', [null]],
    ['a group without a policy', 'INVALID_POLICY', [{ match: 'a' }]],
    ['an empty name', 'INVALID_OPTION', [{ match: 'a', policy: 1, name: '' }]],
    ['a match that is a number', 'INVALID_OPTION', [{ match: 1, policy: 1 }]],
    ['a threshold of 0', 'INVALID_OPTION', [{ match: 'a', policy: 0 }]],
    ['a scope that is none', 'INVALID_SCOPE', [{ policy: 1, scope: 'layer' }]],
    ['the global scope for two groups', 'INVALID_SCOPE', [{ match: 'a', policy: 1, scope: 'global' }, { policy: 1 }]],
  ])('%s is refused: %s', (_name, code, groups) => {
    expect(codeOf(() => createClipper(groups as readonly ClipGroup[]))).toBe(code);
  });

  it('that make a key of a tensor are refused', () => {
    const clipper = () =>
      createClipper([
        { match: 'a', policy: 1, scope: 'tensor' },
        { name: 'a1', policy: 1 },
      ]);
    expect(codeOf(() => clip(clipper(), { a1: [1], b: [1] }))).toBe('DUPLICATE_KEY');
    expect(codeOf(() => clip(clipper(), { a1: [1] }))).toBeUndefined();
  });

  it('of tensors that make one key with a unit are refused', () => {
    const clipper = createClipper([
      { match: 'w#', policy: 1, scope: 'tensor' },
      { policy: 1, scope: 'unit' },
    ]);
    expect(codeOf(() => clip(clipper, { w: [[1], [1]], 'w#1': [1] }))).toBe('DUPLICATE_KEY');
  });

  it('may be any text, also one that objects know', () => {
    const names = ['__proto__', 'constructor', 'toString', ''];
    const tensors = Object.fromEntries(names.map((name) => [name, [8]]));
    const clipper = createClipper(
      answering((_, seen) => seen + 1),
      { scope: 'tensor' },
    );
    clip(clipper, tensors);
    const other = createClipper(
      answering((_, seen) => seen + 1),
      { scope: 'tensor' },
    );
    other.restore(clipper.state());
    expect(clip(other, tensors).decisions.map(({ key, threshold }) => [key, threshold])).toEqual(
      names.map((key) => [key, 2]),
    );
  });
});

describe('a group without tensors', () => {
  it('is announced once, after step 0', () => {
    const clipper = createClipper([
      { match: 'a', policy: 1 },
      { match: 'ab', policy: 1, name: 'never' },
      { policy: 1 },
    ]);
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 3; i++) clip(clipper, { ab: [1] });
    expect(codesOf(alerts)).toEqual(['GROUP_EMPTY', 'GROUP_EMPTY']);
    expect(alerts.map(({ step, message }) => [step, /never|rest/.exec(message)?.[0]])).toEqual([
      [0, 'never'],
      [0, 'rest'],
    ]);
  });

  it('is not announced where its tensors are empty, or come at a later step of a restored run', () => {
    const make = () => createClipper([{ match: 'a', policy: 1 }, { policy: 1 }]);
    const clipper = make();
    const alerts = alertsOf(clipper);
    clip(clipper, { a: [1], b: [] });
    const other = make();
    other.restore(clipper.state());
    const others = alertsOf(other);
    clip(other, { a: [1] });
    expect([...alerts, ...others]).toEqual([]);
  });
});

describe('the scope of a group', () => {
  const unitPolicy = answering(() => 2, { scope: 'unit' });
  const scopeOf = (groups: readonly ClipGroup[], scope?: Scope): Scope =>
    createClipper(groups, scope ? { scope } : {}).plan.scopeOf('w');

  it('is the own one of the policy, else that of the group, else the option, else group', () => {
    expect(scopeOf([{ policy: unitPolicy }])).toBe('unit');
    expect(scopeOf([{ policy: 1, scope: 'tensor' }], 'unit')).toBe('tensor');
    expect(scopeOf([{ policy: 1 }], 'tensor')).toBe('tensor');
    expect(scopeOf([{ policy: 1 }])).toBe('group');
    expect(createClipper(1).plan.scopeOf('w')).toBe('global');
    expect(createClipper(unitPolicy).plan.scopeOf('w')).toBe('unit');
  });

  it('asking for another than the own one of the policy is refused', () => {
    expect(codeOf(() => createClipper(unitPolicy, { scope: 'tensor' }))).toBe('INVALID_SCOPE');
    expect(codeOf(() => createClipper([{ policy: unitPolicy, scope: 'group' }]))).toBe('INVALID_SCOPE');
    expect(codeOf(() => createClipper([{ policy: unitPolicy, scope: 'unit' }]))).toBeUndefined();
    expect(codeOf(() => createClipper(unitPolicy, { scope: 'unit' }))).toBeUndefined();
  });

  it('is told to the adapter by the plan, for each tensor', () => {
    const { plan } = createClipper([
      { match: 'a', policy: unitPolicy },
      { match: 'b', policy: 1, scope: 'tensor' },
      { policy: 1 },
    ]);
    expect(['a', 'b', 'c'].map((name) => plan.scopeOf(name))).toEqual(['unit', 'tensor', 'group']);
    const measured = measure(plan, { a: [[1], [2]], b: [[1], [2]], c: [[1], [2]] });
    expect([...measured.offsets!]).toEqual([0, 2, 3, 4]);
  });
});
