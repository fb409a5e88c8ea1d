import { cap, fixed, floor, largest, rewarm, skipAbove, smallest, switchAt, times, warmup } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent } from '@gradclip/core';
import * as fc from 'fast-check';
import { boundOf, normBound, positive, someThreshold } from './arbitraries.ts';
import { isHit, kindOf, naiveExtreme } from './naiveBound.ts';
import { ring, script } from './policies.ts';

/** A composition of policies as a picture, from which both the policy and its naive counterpart are made. */
export type Tree =
  | { readonly kind: 'script'; readonly bounds: readonly ClipBound[] }
  | { readonly kind: 'ring'; readonly window: number }
  | { readonly kind: 'cap' | 'floor' | 'times'; readonly of: Tree; readonly by: number }
  | { readonly kind: 'smallest' | 'largest'; readonly all: readonly Tree[] }
  | { readonly kind: 'warmup'; readonly of: Tree; readonly steps: number; readonly until: ClipBound | undefined }
  | { readonly kind: 'switchAt'; readonly step: number; readonly before: Tree; readonly after: Tree }
  | { readonly kind: 'skipAbove'; readonly of: Tree; readonly limit: Tree }
  | { readonly kind: 'rewarm'; readonly of: Tree; readonly after: number };

export function policyOf(tree: Tree): ClipPolicy<any> {
  switch (tree.kind) {
    case 'script':
      // One threshold all the time is what `fixed` is; it appears in specs under its own name.
      return tree.bounds.length === 1 && typeof tree.bounds[0] === 'number'
        ? fixed(tree.bounds[0])
        : script(tree.bounds);
    case 'ring':
      return ring(tree.window);
    case 'cap':
      return cap(policyOf(tree.of), tree.by);
    case 'floor':
      return floor(policyOf(tree.of), tree.by);
    case 'times':
      return times(policyOf(tree.of), tree.by);
    case 'smallest':
      return smallest(...tree.all.map(policyOf));
    case 'largest':
      return largest(...tree.all.map(policyOf));
    case 'warmup':
      return warmup(policyOf(tree.of), { steps: tree.steps, ...(tree.until !== undefined && { until: tree.until }) });
    case 'switchAt':
      return switchAt(tree.step, policyOf(tree.before), policyOf(tree.after));
    case 'skipAbove':
      return skipAbove(policyOf(tree.of), policyOf(tree.limit));
    case 'rewarm':
      return rewarm(policyOf(tree.of), { after: tree.after });
  }
}

/** The rule of one key, from its first event on. A skip of `skipAbove` has a reason of its own: see {@link plain}. */
export type Rule = (event: GradientNormEvent) => ClipBound;

export function naive(tree: Tree): Rule {
  switch (tree.kind) {
    case 'script': {
      let next = 0;
      return () => tree.bounds[next++ % tree.bounds.length]!;
    }
    case 'ring': {
      const norms: number[] = [];
      return ({ norm }) => {
        const answer = Math.max(0, ...norms.slice(-tree.window)) || Infinity;
        norms.push(norm);
        return answer;
      };
    }
    case 'cap':
    case 'floor':
    case 'times':
      return mapped(tree.kind, naive(tree.of), tree.by);
    case 'smallest':
    case 'largest': {
      const rules = tree.all.map(naive);
      const sign = tree.kind === 'smallest' ? 1 : -1;
      return (event) =>
        naiveExtreme(
          rules.map((rule) => rule(event)),
          event.norm,
          sign,
        );
    }
    case 'warmup':
      return warming(naive(tree.of), tree.steps, tree.until ?? Infinity);
    case 'switchAt': {
      const [before, after] = [naive(tree.before), naive(tree.after)];
      return (event) => {
        const [first, second] = [before(event), after(event)];
        return event.step < tree.step ? first : second;
      };
    }
    case 'skipAbove': {
      const [rule, limit] = [naive(tree.of), naive(tree.limit)];
      return (event) => {
        const [bound, above] = [rule(event), limit(event)];
        return isHit(above, event.norm, event.maxAbs) ? { skip: 'above the limit' } : bound;
      };
    }
    case 'rewarm': {
      let rule = naive(tree.of);
      let hits = 0;
      return (event) => {
        const bound = rule(event);
        hits = isHit(bound, event.norm, event.maxAbs) ? hits + 1 : 0;
        if (hits === tree.after) {
          rule = naive(tree.of);
          hits = 0;
        }
        return bound;
      };
    }
  }
}

function mapped(kind: 'cap' | 'floor' | 'times', rule: Rule, by: number): Rule {
  const value = {
    cap: (x: number) => Math.min(x, by),
    floor: (x: number) => Math.max(x, by),
    times: (x: number) => x * by,
  }[kind];
  return (event) => {
    const bound = rule(event);
    const { norm } = event;
    if (typeof bound === 'number') return value(bound);
    if ('skip' in bound) return bound;
    if ('clamp' in bound) return kind === 'times' ? { clamp: bound.clamp * by } : bound;
    if ('threshold' in bound) return { threshold: value(bound.threshold), target: value(bound.target) };
    if (kind === 'times') return { factor: bound.factor * by };
    const after = norm * bound.factor;
    const allowed = kind === 'cap' ? after <= by : after >= Math.min(norm, by);
    return allowed ? bound : { factor: Math.min(1, by / norm) };
  };
}

function warming(rule: Rule, steps: number, until: ClipBound): Rule {
  let seen = 0;
  let first: number | undefined;
  return (event) => {
    const bound = rule(event);
    first ??= event.step;
    if (seen++ >= steps) return bound;
    return kindOf(until) === 'skip' && first > 0 ? Infinity : until;
  };
}

/** A bound without the words of a reason that a combinator wrote. */
export function plain(bound: ClipBound): ClipBound {
  return typeof bound === 'object' && 'skip' in bound && /norm/.test(bound.skip) ? { skip: 'above the limit' } : bound;
}

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('script' as const),
      bounds: fc.array(normBound, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('script' as const), bounds: fc.tuple(someThreshold) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ring' as const), window: fc.integer({ min: 1, max: 4 }) }) },
);

/** Compositions up to three storeys high, of bounds whose norm after is known. */
export const someTree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => {
  const of = tie('tree');
  const until = fc.option(fc.oneof(normBound, boundOf.skip), { nil: undefined });
  return {
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record({ kind: fc.constantFrom('cap' as const, 'floor' as const, 'times' as const), of, by: positive }),
      fc.record({
        kind: fc.constantFrom('smallest' as const, 'largest' as const),
        all: fc.array(of, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('warmup' as const), of, steps: fc.integer({ min: 0, max: 4 }), until }),
      fc.record({
        kind: fc.constant('switchAt' as const),
        step: fc.integer({ min: 0, max: 8 }),
        before: of,
        after: of,
      }),
      fc.record({ kind: fc.constant('skipAbove' as const), of, limit: of }),
      fc.record({ kind: fc.constant('rewarm' as const), of, after: fc.integer({ min: 1, max: 3 }) }),
    ),
  };
}).tree;

/** Events of one key, which may be seen first at a later step. */
export const someEvents: fc.Arbitrary<GradientNormEvent[]> = fc
  .record({
    from: fc.constantFrom(0, 0, 0, 5),
    norms: fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 8 }).map((n) => n / 2),
        positive,
      ),
      { minLength: 1, maxLength: 15 },
    ),
  })
  .map(({ from, norms }) => norms.map((norm, i) => ({ step: from + i, key: 'global', norm, size: 1 })));
