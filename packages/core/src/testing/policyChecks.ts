import { assertOption, assertOptions, GradclipError } from '../errors.ts';
import type { Registry } from '../plugin/plugin.ts';
import type { ClipPolicy } from '../policy.ts';
import type { Check } from './check.ts';
import { extremeCorpora, longCorpus, mixedCorpus, ordinaryCorpora } from './corpora.ts';
import { boundChecks } from './policy/bounds.ts';
import { drivenChecks } from './policy/driven.ts';
import type { Equivariance } from './policy/equivariance.ts';
import { eventChecks } from './policy/handling.ts';
import { forecastChecks } from './policy/forecast.ts';
import { independenceChecks } from './policy/independence.ts';
import { PROMISES, promiseChecks } from './policy/promises.ts';
import type { Recovery } from './policy/recovery.ts';
import { resumeChecks } from './policy/resume.ts';
import { shapeChecks } from './policy/shape.ts';
import { stateChecks } from './policy/state.ts';
import type { PolicySubject } from './policy/subject.ts';

const SHORT = 240;

/** What to try a policy on, beside the norms that come with the checks. */
export interface PolicyCheckOptions {
  /** Makes the policy again from its name and options; absent: that it does is not checked. */
  readonly registry?: Registry;
  /** Norms of a real run, each finite and >= 0, in the unit of the gradient. */
  readonly norms?: readonly number[];
  /** Seed of the norms that come with the checks, an integer. Default 1. */
  readonly seed?: number;
  /**
   * A promise: all norms times a factor make all thresholds, targets and clamps times the factor, bit for bit where it is a
   * power of two, and to 1e-9 where it is another. 'powers of two' promises nothing of others, 'rounded' 1e-9 of all, which
   * is what logarithms leave. Tried from 2^-100 to 2^100. Default false: not checked.
   */
  readonly equivariant?: Equivariance;
  /**
   * Promises, each a number of steps >= 0: after them the policy leaves about as much (up to a factor of 2) of an ordinary
   * norm and of one 1,000 times as large as it would have done without what happened; 0 for a policy without a memory.
   * `poison`: one norm of 0, 5e-324, 1e-300, 1e300 or 1.8e308, at first, early or late. `shift`: after 1,009 norms all are
   * 100 times as large, or as small. Default: not checked; what happens then is the rule's own affair, and no bound is
   * invalid in any case.
   */
  readonly recovers?: Recovery;
  /**
   * A promise: at most so many values are saved of a key after any number of steps, an integer >= 1. Numbers, booleans and
   * null count one each, texts one for every 8 characters, as does what the key of a field has beyond 32. Empty texts, lists
   * and objects inside others count one. Default: not checked.
   */
  readonly stateSize?: number;
}

/**
 * All that a clipper relies on in a policy, as a list of checks without a test runner. `make` returns a new policy each
 * time; it is called when a check runs, not before. Checks of what a policy does not have (forecast, explain, save) pass.
 * The first in the list are the simplest: begin with the first that fails. The last are the promises that are made in
 * `options`, and say so in their names: a rule may lock up or have a unit, and a check nobody asked for is not in the list.
 *
 * @throws GradclipError INVALID_OPTION for options out of their range, and for norms that are not finite and >= 0. A check that fails throws CHECK_FAILED.
 * @example
 * // vitest
 * import { test } from 'vitest';
 * import { policyChecks } from '@gradclip/core/testing';
 * import { percentile } from '@gradclip/policies';
 *
 * const promises = { equivariant: true, recovers: { poison: 20, shift: 1_000 }, stateSize: 1_001 };
 * for (const { name, run } of policyChecks(() => percentile({ p: 10 }), promises)) test(name, run);
 * @example
 * // node --test
 * import { test } from 'node:test';
 * import { createRegistry } from '@gradclip/core/registry';
 * import { policyChecks } from '@gradclip/core/testing';
 * import { percentile, policiesPlugin } from '@gradclip/policies';
 *
 * const registry = createRegistry([policiesPlugin]);
 * for (const { name, run } of policyChecks(() => percentile({ p: 10 }), { registry })) test(name, () => run());
 */
export function policyChecks(
  // oxlint-disable-next-line typescript/no-explicit-any -- the state of a policy is its own affair
  make: () => ClipPolicy<any>,
  options: PolicyCheckOptions = {},
): readonly Check[] {
  const { registry, norms, seed = 1 } = options;
  assertOptions('policyChecks', options, ['registry', 'norms', 'seed', ...PROMISES]);
  assertOption('policyChecks', 'seed', seed, Number.isInteger(seed), 'an integer');
  const isNorm = (norm: unknown): boolean => typeof norm === 'number' && norm >= 0 && norm < Infinity;
  // Spread, so that holes are seen.
  const areNorms = norms === undefined || (Array.isArray(norms) && [...norms].every(isNorm));
  assertOption('policyChecks', 'norms', norms, areNorms, 'a list of finite numbers >= 0');
  const given = norms?.length ? [{ name: 'as given', norms }] : [];
  const subject: PolicySubject = {
    make,
    ordinary: [...ordinaryCorpora(seed), ...given],
    extreme: extremeCorpora(seed),
    short: [mixedCorpus(seed), ...given.map(({ name, norms: all }) => ({ name, norms: all.slice(0, SHORT) }))],
    long: longCorpus(seed),
    registry,
    seed,
  };
  const checks = [
    ...shapeChecks(subject),
    ...boundChecks(subject),
    ...independenceChecks(subject),
    ...eventChecks(subject),
    ...forecastChecks(subject),
    ...stateChecks(subject),
    ...resumeChecks(subject),
    ...drivenChecks(subject),
    ...promiseChecks(subject, options),
  ];
  const basics = checks.filter(({ name }) => BASICS.has(name));
  return checks.map((check) => (basics.includes(check) ? check : pointingTo(basics, check)));
}

/** A policy that fails here fails nearly everywhere: the other checks then point to this one. */
const BASICS = new Set(['has a name, init and decide', 'answers every event with one valid bound']);

function pointingTo(basics: readonly Check[], { name, run }: Check): Check {
  return {
    name,
    run() {
      try {
        return run();
      } catch (failed) {
        const basic = basics.find(fails);
        if (!basic || !(failed instanceof GradclipError)) throw failed;
        const what = failed.message.slice(0, -failed.advice.length).trim();
        const advice = `Mend "${basic.name}" first: it fails, too.`;
        throw new GradclipError(failed.code, what, { where: failed.where, advice, cause: failed.cause });
      }
    },
  };
}

function fails({ run }: Check): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
