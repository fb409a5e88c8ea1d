import { createClipper } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { answering, boom, clip, clipNorms, faultyAt, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

/** Says how many norms its key has seen. */
const counting = (threshold = 1): ClipPolicy =>
  answering(() => threshold, {
    save: ({ seen }) => seen,
    load: (seen) => ({ seen: seen as number }),
    explain: ({ seen }) => `${seen} seen`,
  }) as ClipPolicy;

describe('clipper.explain', () => {
  it('says what the policy says of its last step, and nothing before the first', () => {
    const clipper = createClipper(counting());
    expect(clipper.explain()).toBeUndefined();
    clipNorms(clipper, [1, 2]);
    expect(clipper.explain()).toBe('2 seen');
    expect(clipper.explain('global')).toBe('2 seen');
    expect(clipper.explain('w')).toBeUndefined();
  });

  it('knows every key of every group', () => {
    const clipper = createClipper([
      { match: 'a', policy: counting(), scope: 'unit' },
      { match: 'b', policy: counting(), scope: 'tensor' },
      { name: 'rest', policy: 3, scope: 'group' },
    ]);
    clip(clipper, { a: [[1], [2]], b: [1], c: [1] });
    clip(clipper, { a: [[1], [2]], b: [1], c: [1] });
    expect(['a#0', 'a#1', 'b', 'rest'].map((key) => clipper.explain(key))).toEqual([
      '2 seen',
      '2 seen',
      '2 seen',
      'a constant threshold of 3',
    ]);
    expect(['a', 'c', 'global', 'toString'].map((key) => clipper.explain(key))).toEqual(Array(4).fill(undefined));
  });

  it('is not moved by bad steps, and goes on after a restore', () => {
    const clipper = createClipper(counting());
    clipNorms(clipper, [1, NaN, 2]);
    expect(clipper.explain()).toBe('2 seen');
    const other = createClipper(counting());
    other.restore(clipper.state());
    expect(other.explain()).toBe('2 seen');
  });

  it('is the name of a policy that says nothing', () => {
    const clipper = createClipper(answering(() => 1));
    clipNorms(clipper, [1]);
    expect(clipper.explain()).toBe('answering');
  });

  it('is undefined while a step is only open, and after it was given up', () => {
    const clipper = createClipper({ ...counting(), forecast: () => 1 });
    clipper.forecast(['w']);
    expect(clipper.explain()).toBeUndefined();
    clipper.abandon(0, 'no norms');
    expect(clipper.explain()).toBeUndefined();
  });

  it('may be asked by a subscriber', () => {
    const clipper = createClipper(counting());
    const said: unknown[] = [];
    clipper.decisions$.subscribe(() => said.push(clipper.explain()));
    clipNorms(clipper, [1, 1]);
    expect(said).toEqual(['1 seen', '2 seen']);
  });
});

describe('clipper.explain of a policy that fails', () => {
  it('is the fault while the answer of the policy was replaced', () => {
    const clipper = createClipper(faultyAt([1]));
    clipNorms(clipper, [1, 1]);
    expect(clipper.explain()).toBe('policy answering failed: boom');
    clipNorms(clipper, [1]);
    expect(clipper.explain()).toBe('answering');
  });

  it('is the fault also where no state could be made', () => {
    const clipper = createClipper({ ...counting(), init: boom }, { envelope: { max: 5 } });
    clipNorms(clipper, [1]);
    expect(clipper.explain()).toBe('policy answering failed: boom');
  });

  it('says that a policy is quarantined, also after a restore', () => {
    const make = () =>
      createClipper([{ name: 'all', policy: faultyAt([1]), scope: 'tensor' }], { policyFaultBudget: 1 });
    const clipper = make();
    for (let step = 0; step < 3; step++) clip(clipper, { a: [1] });
    const restored = make();
    restored.restore(clipper.state());
    expect([clipper.explain('a'), restored.explain('a')]).toEqual(Array(2).fill('policy answering is quarantined'));
    restored.restore(clipper.state(), { clearFaults: true });
    expect(restored.explain('a')).toBe('answering');
  });

  it('does not throw where the explanation does, and is the name where it is empty', () => {
    const failing = createClipper({ ...counting(), explain: boom });
    clipNorms(failing, [1]);
    expect(failing.explain()).toBe('policy answering failed: boom');
    const silent = createClipper({ ...counting(), explain: () => '' });
    clipNorms(silent, [1]);
    expect(silent.explain()).toBe('answering');
  });
});
