import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { EXTREMES, levelNorms } from '../corpora.ts';
import { keysOf, sequenceOf } from './events.ts';
import type { Sequence } from './events.ts';
import { probe } from './probe.ts';
import { placeOf } from './run.ts';
import type { AnyPolicy } from './run.ts';
import type { PolicySubject } from './subject.ts';

/** A prime, so that no block or period of a policy ends there. */
const LONG = 1_009;
/** Steps before what a policy is to recover from; the first two places are meant for the first event and a warm-up. */
const PLACES: readonly number[] = [0, 5, LONG];
/** For so many steps it must stay recovered: a warm-up may hide for a while what was recorded in it. */
const STAYS = 1_000;
/** It is asked at each of the first 20 of them, then now and then. */
const isAskedAt = (after: number): boolean => after >= 0 && (after < 20 || after % 49 === 0);
const FACTOR = 2;
/** Norms that are asked about, in levels: an ordinary one and a spike. */
const PROBES: readonly number[] = [1, 1_000];
const SHIFT = 100;

/** In how many steps a policy promises to have recovered. */
export interface Recovery {
  /** From one norm of 0, 5e-324, 1e-300, 1e300 or 1.8e308, as the first, the sixth or the 1,010th. */
  readonly poison?: number;
  /** From norms that are 100 times as large, or as small, from the 1,010th on. */
  readonly shift?: number;
}

/**
 * That a policy comes back. Recovered has who leaves, from then on, about as much of an ordinary norm and of one 1,000 times
 * as large as the same policy does that was spared the poison, or never knew another level.
 */
export function recoveryChecks({ make, seed }: PolicySubject, { poison, shift }: Recovery): readonly Check[] {
  const checks: Check[] = [];
  if (poison !== undefined)
    checks.push(
      syncCheck(
        `recovers from one poisoned norm within ${inSteps(poison)}`,
        'Let what is recorded fade or leave a window, and record at most the threshold; or do not promise recovers.poison.',
        () => {
          const policy = make();
          for (const place of PLACES) {
            const norms = levelNorms(seed, () => 1, place + 1 + poison + STAYS);
            const spared = without(sequenceFor(policy, 'spared', norms), place);
            const from = place + 1 + poison;
            for (const extreme of EXTREMES) {
              const name = `${extreme} at step ${place}`;
              const poisoned = norms.map((norm, i) => (i === place ? extreme : norm));
              const sequence = sequenceFor(policy, name, poisoned);
              compare(make, [sequence, spared], from, 1, 'without it');
            }
          }
        },
      ),
    );
  if (shift !== undefined)
    checks.push(
      syncCheck(
        `recovers from a level shift of ${SHIFT} times, up and down, within ${inSteps(shift)}`,
        'Follow the norms as they come, not as they were clipped, or start anew where all of them lie on one side; or do not promise recovers.shift.',
        () => {
          const policy = make();
          for (const level of [SHIFT, 1 / SHIFT]) {
            const norms = (levelAt: (i: number) => number) => levelNorms(seed, levelAt, LONG + shift + STAYS);
            const name = `a shift to ${level} times at step ${LONG}`;
            const shifted = sequenceFor(
              policy,
              name,
              norms((i) => (i < LONG ? 1 : level)),
            );
            const always = sequenceFor(
              policy,
              'always at that level',
              norms(() => level),
            );
            compare(make, [shifted, always], LONG + shift, level, 'where the level was always that');
          }
        },
      ),
    );
  return checks;
}

/** Throws a Finding where the policy reacts otherwise to the first sequence than to the second, from a step on. */
function compare(
  make: () => AnyPolicy,
  pair: readonly [Sequence, Sequence],
  from: number,
  level: number,
  as: string,
): void {
  const norms = PROBES.map((share) => share * level);
  const policy = make();
  const isAsked = (step: number): boolean => isAskedAt(step - from);
  const got = probe(policy, pair[0], isAsked, norms);
  probe(make(), pair[1], isAsked, norms).forEach((wanted, i) => {
    const { left } = got[i]!;
    const ratio = left === wanted.left ? 1 : left / wanted.left;
    if (ratio >= 1 / FACTOR && ratio <= FACTOR) return;
    const { step, norm } = wanted;
    const what = `expected about ${inPercent(wanted.left)} of a norm of ${norm} to be left, as ${as}, got ${inPercent(left)}`;
    throw new Finding(what, placeOf(policy, pair[0], step));
  });
}

function sequenceFor(policy: AnyPolicy, name: string, norms: readonly number[]): Sequence {
  return sequenceOf({ name, norms }, keysOf(policy)[0], policy.needs);
}

/** The other events keep their steps. */
function without(sequence: Sequence, place: number): Sequence {
  return { ...sequence, events: sequence.events.filter((_, i) => i !== place) };
}

function inSteps(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`;
}

function inPercent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
