import { createResolution, resolveBound } from '../../bound.ts';
import { createClipper } from '../../clipper.ts';
import type { ClipDecision } from '../../decision.ts';
import { GradclipError } from '../../errors.ts';
import type { GradientNormEvent, StepContext } from '../../event.ts';
import { decode, encode } from '../../json.ts';
import type { Measurement } from '../../measurement.ts';
import { createEventGuard } from '../../operators/eventGuard.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import type { Corpus } from '../corpora.ts';
import { sequenceOf } from './events.ts';
import type { Mutable } from './events.ts';
import { ask, placeOf } from './run.ts';
import type { AnyPolicy } from './run.ts';
import type { PolicySubject } from './subject.ts';

type Event = Mutable<GradientNormEvent>;
type Outcome = Pick<ClipDecision, 'action' | 'threshold' | 'factor' | 'normAfter'> & {
  readonly reason?: string | undefined;
};
type Mode = 'skip' | 'zero' | 'pass' | 'throw';

/** A policy behind its guard. */
interface Driven {
  /** undefined: refused by a throw, as 'throw' says. Numbers the events itself, bad ones included. */
  give(event: Event): ClipDecision | undefined;
  /** Saves its state as text and goes on from there. */
  restore(): void;
}

const MODES: readonly Mode[] = ['skip', 'zero', 'pass', 'throw'];
/** Before these events come bad ones: at first, in what may be a warm-up, and after it. */
const BAD_BEFORE: ReadonlySet<number> = new Set([0, 3, 20, 60, 110, 200]);
const RESTORED_BEFORE: ReadonlySet<number> = new Set([4, 61, 90]);
const TENSOR = 'dense/kernel';
const LIMITS = { epsilon: 0, min: 0, max: Infinity } as const;

/** That what a policy says alone is what comes out of a clipper and of clipWith, which keep what is not finite from it. */
export function drivenChecks({ make, extreme, short }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'answers in a clipper as alone, whatever NaN and Infinity come between',
      'Read only step, key, norm, size and what needs names: the other fields are undefined in a clipper. A bad step never reaches the policy.',
      () => {
        for (const corpus of short)
          for (const mode of MODES) for (const by of [inClipper, inStream]) drive(make, corpus, mode, by);
        for (const corpus of extreme) drive(make, corpus, 'skip', inClipper);
      },
    ),
  ];
}

function drive(make: () => AnyPolicy, corpus: Corpus, mode: Mode, by: typeof inClipper): void {
  const alone = make();
  const sequence = sequenceOf(corpus, 'global', alone.needs);
  const driven = by(make(), mode);
  const out = createResolution();
  let state: unknown;
  sequence.events.forEach((event, i) => {
    if ('globalNorm' in event) event.globalNorm = event.norm; // a clipper with one tensor
    if (BAD_BEFORE.has(i)) for (const bad of badEvents(event)) driven.give(bad);
    if (RESTORED_BEFORE.has(i)) driven.restore();
    const got = driven.give(event)!;
    const { step, key } = got;
    if (i === 0) state = alone.init(key);
    const [bound, next] = ask(alone, state, { ...event, step, key }, sequence);
    state = next;
    resolveBound(bound, event.norm, event.maxAbs, LIMITS, out);
    if (outcome(got) === outcome(out)) return;
    const what = `expected ${outcome(out)} as the policy answers alone to the norm ${event.norm}, got ${outcome(got)}`;
    throw new Finding(what, { ...placeOf(alone, { ...sequence, key }, step), onNonFinite: mode });
  });
}

/** What a bound does, without the numbers that say of what. */
function outcome({ action, threshold, factor, normAfter, reason }: Outcome): string {
  return encode({ action, threshold, factor, normAfter, reason: reason ?? null });
}

/** The event with one of its numbers spoilt, each in turn. */
function badEvents(event: Event): readonly Event[] {
  // A learning rate that is not finite is the caller's mistake, and a clipper makes globalNorm itself.
  const fields = (['norm', 'maxAbs', 'weightNorm', 'loss'] as const).filter((field) => field in event);
  return fields.flatMap((field) => [NaN, Infinity].map((bad) => ({ ...event, [field]: bad })));
}

function inClipper(policy: AnyPolicy, onNonFinite: Mode): Driven {
  const clipper = createClipper(policy, { norm: Infinity, onNonFinite });
  clipper.alerts$.subscribe(() => {}); // else they are written to the console
  return {
    give: (event) => refusable(() => clipper.decide(measured(event), contextOf(event)).decisions[0]),
    restore: () => clipper.restore(decode(encode(clipper.state()))),
  };
}

function inStream(policy: AnyPolicy, onNonFinite: Mode): Driven {
  const decide = createEventGuard(policy, { onNonFinite }, 'clipWith');
  let step = 0;
  return { give: (event) => refusable(() => decide({ ...event, step: step++ })), restore() {} };
}

function refusable(decide: () => ClipDecision | undefined): ClipDecision | undefined {
  try {
    return decide();
  } catch (thrown) {
    if (thrown instanceof GradclipError && thrown.code === 'NON_FINITE') return undefined;
    throw thrown;
  }
}

/** One tensor of which the event is true. Of order Infinity, a power is the norm. */
function measured({ norm, size, maxAbs, weightNorm }: Event): Measurement {
  const bad = !(norm < Infinity);
  return {
    order: Infinity,
    names: [TENSOR],
    power: Float64Array.of(norm),
    size: Float64Array.of(size),
    nonFinite: bad ? 1 : 0,
    ...(bad && { firstBad: { name: TENSOR, index: 0, value: norm } }),
    ...(maxAbs !== undefined && { maxAbs: Float64Array.of(maxAbs) }),
    ...(weightNorm !== undefined && { weightPower: Float64Array.of(weightNorm) }),
  };
}

function contextOf({ loss, learningRate }: Event): StepContext {
  return { ...(loss !== undefined && { loss }), ...(learningRate !== undefined && { learningRate }) };
}
