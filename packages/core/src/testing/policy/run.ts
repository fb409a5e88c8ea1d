import { checkBound } from '../../bound.ts';
import type { ClipBound } from '../../bound.ts';
import { describe, GradclipError } from '../../errors.ts';
import type { ErrorPlace } from '../../errors.ts';
import type { GradientNormEvent } from '../../event.ts';
import { encode, sameJson } from '../../json.ts';
import type { Json } from '../../json.ts';
import type { ClipPolicy } from '../../policy.ts';
import { errorInWords, Finding } from '../check.ts';
import type { Sequence } from './events.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the state of a policy is its own affair
export type AnyPolicy = ClipPolicy<any>;

/** Asks a policy once. The bound is a copy. Throws a Finding unless the answer is one valid bound and a state, at once. */
export function ask(
  policy: AnyPolicy,
  state: unknown,
  event: GradientNormEvent,
  sequence: Sequence,
): [ClipBound, unknown] {
  const before = { ...event };
  let answer: unknown;
  try {
    answer = policy.decide(state, event);
  } catch (cause) {
    throw unanswered(policy, sequence, before, errorInWords(cause), cause);
  }
  if (answer instanceof Promise) answer.catch(() => {}); // refused below; its failure must not end the process
  if (!Array.isArray(answer) || answer.length !== 2) throw unanswered(policy, sequence, before, describe(answer));
  const bound = boundOrWords(answer[0]);
  if (typeof bound === 'string') throw unanswered(policy, sequence, before, `the bound ${bound}`);
  return [bound, answer[1]];
}

function unanswered(
  policy: AnyPolicy,
  sequence: Sequence,
  event: GradientNormEvent,
  got: string,
  cause?: unknown,
): Finding {
  const what = `expected [bound, state] with a valid bound for the event ${inWords(event)}, got ${got}`;
  return new Finding(what, placeOf(policy, sequence, event.step), cause);
}

/** A copy of the bound, for policies reuse the objects they answer with; or, when it is none, what it is in words. */
function boundOrWords(bound: unknown): ClipBound | string {
  try {
    const checked = checkBound(bound);
    return typeof checked === 'number' ? checked : { ...checked };
  } catch (error) {
    return error instanceof GradclipError ? String(error.where['bound']) : errorInWords(error);
  }
}

/** What a policy with a forecast forecasts, as a copy. Throws a Finding when it is neither a bound nor undefined. */
export function forecastOf(policy: AnyPolicy, state: unknown, sequence: Sequence, step: number): ClipBound | undefined {
  const coming: unknown = policy.forecast?.(state, { step, key: sequence.key });
  const bound = coming === undefined ? undefined : boundOrWords(coming);
  if (typeof bound !== 'string') return bound;
  throw new Finding(`expected a valid bound or undefined as a forecast, got ${bound}`, placeOf(policy, sequence, step));
}

/** All bounds for a sequence, from a fresh state or a given one, beginning at an index. */
export function run(policy: AnyPolicy, sequence: Sequence, from: number = 0, start?: { state: unknown }): ClipBound[] {
  let state: unknown = start ? start.state : policy.init(sequence.key);
  const bounds: ClipBound[] = [];
  for (let i = from; i < sequence.events.length; i++) {
    const [bound, next] = ask(policy, state, { ...sequence.events[i]! }, sequence);
    bounds.push(bound);
    state = next;
  }
  return bounds;
}

/** As {@link run}, with something done to the state before each event and after the last. */
export function runWith(
  policy: AnyPolicy,
  sequence: Sequence,
  between: (state: unknown, i: number) => unknown,
): ClipBound[] {
  let state: unknown = policy.init(sequence.key);
  const bounds = sequence.events.map((event, i) => {
    const [bound, next] = ask(policy, between(state, i), { ...event }, sequence);
    state = next;
    return bound;
  });
  between(state, sequence.events.length);
  return bounds;
}

/** Throws a Finding at the first bound that differs; `from` is the index of the event of the first, `each` how many an event has. */
export function expectSame(
  policy: AnyPolicy,
  sequence: Sequence,
  got: readonly ClipBound[],
  wanted: readonly ClipBound[],
  because: string,
  from: number = 0,
  each: number = 1,
): void {
  const i = wanted.findIndex((bound, at) => !sameJson(bound, got[at]));
  if (i < 0 && got.length === wanted.length) return;
  const event = sequence.events[from + Math.floor(i / each)]!;
  const what = `expected ${inWords(wanted[i])} ${because}, got ${inWords(got[i])} for the norm ${event.norm}`;
  throw new Finding(what, placeOf(policy, sequence, event.step));
}

/** Where in a sequence something happened. */
export function placeOf(policy: AnyPolicy, { name, key }: Sequence, step?: number): ErrorPlace {
  const base = { policy: String(policy.name), norms: name, key };
  return step === undefined ? base : { ...base, step };
}

/** A bound or an event, as it would be written. */
export function inWords(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return describe(value);
  try {
    return encode(value as Json);
  } catch {
    return describe(value);
  }
}
