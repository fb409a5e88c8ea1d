import { badGradient, skipping } from './alerts.ts';
import { createResolution } from './bound.ts';
import type { ClipBound, Resolution } from './bound.ts';
import type { ClipAction, StepDecision } from './decision.ts';
import type { GradientNormEvent, StepContext } from './event.ts';
import type { Routing } from './groups.ts';
import { NonFiniteWatch } from './guard.ts';
import type { GuardSettings } from './guard.ts';
import { decideKey } from './host.ts';
import type { Announce, Lane } from './host.ts';
import { measureKeys, writeEvent } from './keyEvent.ts';
import type { StepSource, WritableEvent } from './keyEvent.ts';
import type { KeyTable, Layout } from './layout.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { BAD_NORM, badElements, badKeys, checkInput, nonFiniteError } from './input.ts';
import { Recent, Tally } from './stats.ts';
import { Columns, Step } from './step.ts';
import type { StepFacts } from './step.ts';

/** What one step is decided from. */
export interface StepInput {
  readonly layout: Layout;
  readonly m: Measurement;
  readonly context: StepContext;
  readonly facts: StepFacts;
  /** Late: the bound each key was given when the step was opened. */
  readonly opened: readonly ClipBound[] | undefined;
}

const MANY_SKIPS = 10;
const NO_KEYS = [0, 0] as const;
/** What is done to a key without elements. */
const IDENTITY: Readonly<Resolution> = createResolution();
const EFFECT = {
  pass: 'It is left as it is.',
  halt: 'Training halts.',
  drop: 'It was replaced by zeros.',
  skip: 'It is left as it is and proceed is false: do not step the optimizer.',
} as const;

/** Decides whole steps: the guard first, then every key, then the counts. Knows nothing of streams and of step order. */
export class Decider {
  readonly watch: NonFiniteWatch;
  readonly total: Tally = new Tally();
  readonly recent: Recent = new Recent();
  nonFinite: number = 0;
  /** Steps in a row that a policy skipped. */
  skips: number = 0;
  readonly #routing: Routing;
  readonly #guard: GuardSettings;
  readonly #announce: Announce;
  readonly #out: Resolution = createResolution();

  constructor(routing: Routing, guard: GuardSettings, announce: Announce) {
    this.#routing = routing;
    this.#guard = guard;
    this.#announce = announce;
    this.watch = new NonFiniteWatch(guard.nonFiniteBudget);
  }

  /**
   * @throws GradclipError INVALID_MEASUREMENT, INVALID_CONTEXT, NON_FINITE, all before anything changes.
   */
  decide(input: StepInput): StepDecision {
    const { layout, m, context, facts } = input;
    checkInput(this.#routing.plan, layout.main.rows.length, m, context);
    const { main } = layout;
    const measured = measureKeys(main, m, facts.lossScale) ?? this.#badLoss(context);
    const joint = main.hosts.length === 1 ? main.norms[0]! : jointNorm(m.power, m.scale, m.order) / facts.lossScale;
    const trouble = measured ?? (joint < Infinity ? undefined : `the norm over all tensors is ${joint}`);
    const elements = m.nonFinite > 0 ? badElements(m) : undefined;
    const zeroing = elements !== undefined && this.#guard.onNonFinite === 'zero' && facts.clock === 'exact';
    if (trouble !== undefined || (elements && !zeroing)) return this.#badStep(input, elements ?? trouble!);
    if (elements) {
      if (this.watch.bad(facts.step) && !facts.observe) return this.#badStep(input, elements);
      this.nonFinite++;
      this.#alertBad(facts, elements, 'Bad elements are set to 0.');
    } else this.watch.good(facts.step);
    return this.#goodStep(input, joint, elements);
  }

  #badLoss({ loss }: StepContext): string | undefined {
    if (loss === undefined || Number.isFinite(loss)) return undefined;
    return this.#routing.lanes.some((lane) => lane.needs.loss) ? `the loss is ${loss}` : undefined;
  }

  #goodStep({ layout, m, context, facts, opened }: StepInput, joint: number, zeroed: string | undefined): StepDecision {
    const { main } = layout;
    const count = main.hosts.length;
    const source: StepSource = { step: facts.step, m, context, lossScale: facts.lossScale, joint };
    const columns = new Columns(count);
    const [badFrom, badTo] = zeroed === undefined ? NO_KEYS : badKeys(layout, m);
    let clipped = false;
    for (let k = 0; k < count; k++) {
      if (main.sizes[k] === 0) {
        columns.add(0, undefined, IDENTITY);
        continue;
      }
      const action = this.#ask(main, k, source, facts, opened?.[k]);
      const zeroes = k >= badFrom && k < badTo && action !== 'skip' && action !== 'halt';
      columns.add(main.norms[k]!, zeroes ? 'zero' : action, this.#out);
      // Counted while the host is at hand; a step that stops takes it back.
      const smaller = columns.isSmaller(k);
      main.hosts[k]!.tally.add(main.norms[k]!, smaller);
      clipped ||= smaller;
    }
    const stopped = columns.action === 'skip' || columns.action === 'halt';
    const action = zeroed !== undefined && !stopped ? 'zero' : columns.action;
    const reason = action === 'zero' ? zeroed : columns.reason;
    if (stopped && clipped) for (let k = 0; k < count; k++) if (columns.isSmaller(k)) main.hosts[k]!.tally.clipped--;
    const normAfter = action === 'pass' ? joint : stopped ? 0 : columns.normAfter(m.order);
    const decision = new Step(facts, layout, columns, { norm: joint, normAfter, action, reason });
    for (let i = 0; i < layout.shadows.length; i++) this.#shadow(this.#routing.shadows[i]!, layout.shadows[i]!, source);
    this.#count(decision, clipped && !stopped);
    this.#countSkips(decision);
    return decision;
  }

  #ask(
    table: KeyTable,
    k: number,
    source: StepSource,
    at: Pick<StepFacts, 'step' | 'observe'>,
    opened: ClipBound | undefined,
  ): ClipAction {
    const lane = table.lanes[k]!;
    const event = lane.event as WritableEvent & GradientNormEvent;
    writeEvent(event, table, k, source);
    const { maxAbs } = event;
    return decideKey(lane, table.hosts[k]!, event, at, table.norms[k]!, maxAbs, this.#out, opened);
  }

  /** No policy is asked, and no policy state changes. */
  #badStep({ layout, m, facts }: StepInput, trouble: string): StepDecision {
    const { onNonFinite: mode, nonFiniteBudget: budget } = this.#guard;
    const late = facts.clock === 'late';
    if (mode === 'throw' && !facts.observe && !late) throw nonFiniteError(facts.step, trouble);
    this.nonFinite++;
    const used = (mode === 'skip' || mode === 'zero') && this.watch.bad(facts.step) && !facts.observe;
    // Late, only bad elements were replaced; whatever else is wrong, the bound has been applied.
    const instead = late ? (m.nonFinite > 0 ? 'drop' : 'pass') : 'skip';
    const action = mode === 'pass' ? 'pass' : used ? 'halt' : instead;
    this.#alertBad(facts, trouble, EFFECT[action]);
    const { main } = layout;
    const columns = new Columns(main.hosts.length);
    const [badFrom, badTo] = badKeys(layout, m);
    const normAfter = action === 'pass' ? NaN : 0;
    const out: Resolution = { ...IDENTITY, normAfter, reason: BAD_NORM };
    for (let k = 0; k < main.hosts.length; k++) {
      const bad = (k >= badFrom && k < badTo) || !(main.norms[k]! < Infinity);
      const known = bad || main.sizes[k]! > 0;
      columns.add(bad ? NaN : main.norms[k]!, known ? action : undefined, known ? out : IDENTITY);
      if (known) main.hosts[k]!.tally.add(NaN, false);
    }
    for (const shadow of this.#routing.shadows) shadow.tally.add(NaN, false);
    const reason = used ? `${trouble}; bad step ${budget} of ${budget} in a row` : trouble;
    const decision = new Step(facts, layout, columns, { norm: NaN, normAfter, action, reason });
    this.#count(decision, false);
    return decision;
  }

  /** A policy that only watches: what it does, or fails to do, touches its own counts alone. */
  #shadow(lane: Lane, table: KeyTable, source: StepSource): void {
    const at = { step: source.step, observe: true };
    const usable = measureKeys(table, source.m, source.lossScale) === undefined;
    const lossKnown = !lane.needs.loss || Number.isFinite(source.context.loss);
    let smaller = false;
    let skipped = false;
    for (let k = 0; usable && lossKnown && k < table.hosts.length; k++) {
      if (table.sizes[k] === 0) continue;
      const action = this.#ask(table, k, source, at, undefined);
      if (action === 'skip') skipped = true;
      if (this.#out.factor < 1 || this.#out.clamp < Infinity) smaller = true;
    }
    lane.tally.add(source.joint, smaller && !skipped);
    if (skipped) lane.tally.skipped++;
  }

  #count({ action, norm }: StepDecision, clipped: boolean): void {
    this.total.add(norm, clipped);
    this.recent.add(norm, clipped);
    if (action === 'skip' || action === 'halt') this.total.skipped++;
  }

  /** A late step that was given up: it has a number, and nothing else is known of it. */
  abandon(layout: Layout, facts: StepFacts, reason: string): StepDecision {
    const columns = new Columns(layout.main.hosts.length);
    for (const _ of layout.main.hosts) columns.add(0, undefined, IDENTITY);
    const decision = new Step(facts, layout, columns, { norm: NaN, normAfter: 0, action: 'skip', reason });
    this.#count(decision, false);
    return decision;
  }

  #alertBad({ step, observe }: StepFacts, what: string, effect: string): void {
    const done = observe ? 'Only observing: nothing is changed.' : effect;
    this.#announce(badGradient(step, what, done, this.recent.last, this.recent.percentiles()(50)));
  }

  #countSkips({ action, step, reason }: StepDecision): void {
    // A warm-up that measures before the first update ends by itself.
    this.skips = action === 'skip' && reason !== 'calibrating' ? this.skips + 1 : 0;
    if (this.skips === MANY_SKIPS) this.#announce(skipping(step, MANY_SKIPS, reason));
  }
}
