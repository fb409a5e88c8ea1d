import type { ClipBound } from '../../bound.ts';
import { normAfter } from '../../bound.ts';
import type { GradientNormEvent } from '../../event.ts';
import { eventOf } from './events.ts';
import type { Sequence } from './events.ts';
import { ask } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { restore, savedText } from './state.ts';

/** What a policy would have left of a norm, had it come at a step. */
export interface Probe {
  readonly step: number;
  readonly norm: number;
  /** Of the norm: 1 for all of it, 0 for a skip; above 1 where a factor is. */
  readonly left: number;
}

/** Runs through a sequence and asks at some steps what would be left of each norm. The run does not notice. */
export function probe(
  policy: AnyPolicy,
  sequence: Sequence,
  isAsked: (step: number) => boolean,
  norms: readonly number[],
): readonly Probe[] {
  const probes: Probe[] = [];
  let state: unknown = policy.init(sequence.key);
  sequence.events.forEach((event, i) => {
    const { step, key } = event;
    if (isAsked(step)) {
      const text = savedText(policy, state, sequence, i);
      for (const norm of norms) {
        const asked = eventOf(step, key, norm, policy.needs ?? []);
        const [bound] = ask(policy, restore(policy, text, sequence, i), { ...asked }, sequence);
        probes.push({ step, norm, left: shareLeft(bound, asked) });
      }
    }
    state = ask(policy, state, { ...event }, sequence)[1];
  });
  return probes;
}

function shareLeft(bound: ClipBound, { norm, maxAbs }: GradientNormEvent): number {
  if (typeof bound === 'object' && 'clamp' in bound) return Math.min(1, bound.clamp / maxAbs!);
  return normAfter(bound, norm) / norm;
}
