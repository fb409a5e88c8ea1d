import { badGradient, halted, skipping } from './alerts.ts';
import { createResolution } from './bound.ts';
import type { ClipBound, Resolution } from './bound.ts';
import type { ClipAction, StepDecision } from './decision.ts';
import type { GradientNormEvent, StepContext } from './event.ts';
import type { Routing } from './groups.ts';
import { NonFiniteWatch } from './guard.ts';
import type { GuardSettings } from './guard.ts';
import { decideKey } from './host.ts';
import type { Announce } from './host.ts';
import { createEvent, maxAbsOf, measureKeys, writeEvent } from './keyEvent.ts';
import type { StepSource, WritableEvent } from './keyEvent.ts';
import type { KeyTable, Layout } from './layout.ts';
import { jointNorm, normOfNorms } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { BAD_NORM, badElements, badKeys, checkInput, nonFiniteError } from './input.ts';
import { Recent, Tally } from './stats.ts';
import { Columns, ManyKeysStep, SingleKeyStep } from './step.ts';
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
  readonly #event: WritableEvent & GradientNormEvent = createEvent();

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
    const all = main.hosts.length === 1 && main.rows.length === m.power.length;
    const joint = all ? main.norms[0]! : jointNorm(m.power, m.scale, m.order) / facts.lossScale;
    const trouble = measured ?? (joint < Infinity ? undefined : `the norm over all tensors is ${joint}`);
    const elements = m.nonFinite > 0 ? badElements(m) : undefined;
    const zeroing = elements !== undefined && this.#guard.onNonFinite === 'zero' && facts.clock === 'exact';
    if (trouble !== undefined || (elements && !zeroing)) return this.#badStep(input, elements ?? trouble!);
    if (elements) {
      if (this.watch.bad(facts.step) && !facts.observe) return this.#badStep(input, elements);
      this.nonFinite++;
      this.#announce(badGradient(facts.step, elements, 'They are set to 0.'));
    } else this.watch.good(facts.step);
    return this.#goodStep(input, joint, elements);
  }

  #badLoss({ loss }: StepContext): string | undefined {
    if (loss === undefined || Number.isFinite(loss)) return undefined;
    return this.#routing.lanes.some((lane) => lane.needsLoss) ? `the loss is ${loss}` : undefined;
  }

  #goodStep(input: StepInput, joint: number, zeroed: string | undefined): StepDecision {
    const { layout, m, context, facts } = input;
    const { main } = layout;
    const { lossScale, step } = facts;
    const single = main.hosts.length === 1 && main.sizes[0]! > 0;
    const source: StepSource = { step, m, context, lossScale, joint };
    const decision = single ? this.#single(input, source, zeroed) : this.#many(input, source, zeroed);
    for (let i = 0; i < layout.shadows.length; i++) this.#shadow(layout.shadows[i]!, source);
    this.#countSkips(decision);
    return decision;
  }

  #ask(table: KeyTable, k: number, source: StepSource, facts: StepFacts, opened: ClipBound | undefined): ClipAction {
    const lane = table.lanes[k]!;
    writeEvent(this.#event, table, k, source);
    const maxAbs = lane.needsMaxAbs ? maxAbsOf(table, k, source) : undefined;
    return decideKey(lane, table.hosts[k]!, this.#event, facts, table.norms[k]!, maxAbs, this.#out, opened);
  }

  #single({ layout: { main, names }, facts, opened }: StepInput, source: StepSource, zeroed: string | undefined): StepDecision {
    let action = this.#ask(main, 0, source, facts, opened?.[0]);
    if (zeroed !== undefined && action !== 'skip' && action !== 'halt') action = 'zero';
    const { threshold, factor, clamp, normAfter, reason } = this.#out;
    const host = main.hosts[0]!;
    const smaller = isSmaller(action, factor, clamp);
    host.tally.add(main.norms[0]!, smaller);
    const policy = main.lanes[0]!.policy.name;
    const outcome = { key: host.key, policy, norm: main.norms[0]!, threshold, factor, clamp, normAfter, reason, action };
    const decision = new SingleKeyStep(facts, names, outcome, action, action === 'zero' ? zeroed : reason);
    this.#count(decision, smaller);
    return decision;
  }

  #many({ layout, m, facts, opened }: StepInput, source: StepSource, zeroed: string | undefined): StepDecision {
    const { main } = layout;
    const count = main.hosts.length;
    const columns = new Columns(count);
    const [badFrom, badTo] = zeroed === undefined ? [0, 0] : badKeys(layout, m);
    for (let k = 0; k < count; k++) {
      if (main.sizes[k] === 0) continue;
      let action = this.#ask(main, k, source, facts, opened?.[k]);
      if (k >= badFrom && k < badTo && action !== 'skip' && action !== 'halt') action = 'zero';
      columns.set(k, main.norms[k]!, action, this.#out);
    }
    const summary = columns.summary();
    const stopped = summary.action === 'skip' || summary.action === 'halt';
    const action = zeroed !== undefined && !stopped ? 'zero' : summary.action;
    const reason = action === 'zero' ? zeroed : summary.reason;
    let smaller = false;
    for (let k = 0; k < count; k++) {
      if (main.sizes[k] === 0) continue;
      const clipped = !stopped && isSmaller(columns.action(k)!, columns.factor[k]!, columns.clamp?.[k] ?? Infinity);
      main.hosts[k]!.tally.add(main.norms[k]!, clipped);
      smaller ||= clipped;
    }
    const normAfter = action === 'pass' ? source.joint : stopped ? 0 : normOfNorms(columns.normAfter, m.order);
    const decision = new ManyKeysStep(facts, layout, columns, { norm: source.joint, normAfter, action, reason });
    this.#count(decision, smaller);
    return decision;
  }

  /** No policy is asked, and no policy state changes. */
  #badStep({ layout, m, facts }: StepInput, trouble: string): StepDecision {
    const { onNonFinite: mode, nonFiniteBudget: budget } = this.#guard;
    const late = facts.clock === 'late';
    if (mode === 'throw' && !facts.observe && !late) throw nonFiniteError(facts.step, trouble);
    this.nonFinite++;
    const used = (mode === 'skip' || mode === 'zero') && this.watch.bad(facts.step) && !facts.observe;
    const action: 'pass' | 'halt' | 'drop' | 'skip' = mode === 'pass' ? 'pass' : used ? 'halt' : late ? 'drop' : 'skip';
    const effect = { pass: 'It is left as it is.', halt: 'Training halts.', drop: 'It was replaced by zeros.', skip: 'The step is skipped.' };
    this.#announce(badGradient(facts.step, trouble, effect[action]));
    const reason = used ? `${trouble}; bad step ${budget} of ${budget} in a row` : trouble;
    const { main } = layout;
    const columns = new Columns(main.hosts.length);
    const [badFrom, badTo] = badKeys(layout, m);
    const normAfter = action === 'pass' ? NaN : 0;
    const out: Resolution = { ...createResolution(), normAfter, reason: BAD_NORM };
    for (let k = 0; k < main.hosts.length; k++) {
      const bad = (k >= badFrom && k < badTo) || !(main.norms[k]! < Infinity);
      if (main.sizes[k] === 0 && !bad) continue;
      columns.set(k, bad ? NaN : main.norms[k]!, action, out);
      main.hosts[k]!.tally.add(NaN, false);
    }
    for (const shadow of layout.shadows) shadow.lanes[0]?.tally.add(NaN, false);
    const single = main.hosts.length === 1 && columns.action(0) !== undefined;
    const outcome = { ...out, key: main.hosts[0]?.key ?? '', policy: main.lanes[0]?.policy.name ?? '', norm: NaN, action };
    const decision = single
      ? new SingleKeyStep(facts, layout.names, outcome, action, reason)
      : new ManyKeysStep(facts, layout, columns, { norm: NaN, normAfter, action, reason });
    this.#count(decision, false);
    return decision;
  }

  /** A policy that only watches: what it does, or fails to do, touches its own counts alone. */
  #shadow(table: KeyTable, source: StepSource): void {
    const lane = table.lanes[0];
    if (!lane) return;
    const usable = measureKeys(table, source.m, source.lossScale) === undefined;
    const lossKnown = !lane.needsLoss || Number.isFinite(source.context.loss);
    let smaller = false;
    let skipped = false;
    for (let k = 0; usable && lossKnown && k < table.hosts.length; k++) {
      if (table.sizes[k] === 0) continue;
      const facts = { step: source.step, observe: true } as StepFacts;
      const action = this.#ask(table, k, source, facts, undefined);
      if (action === 'skip') skipped = true;
      if (isSmaller(action, this.#out.factor, this.#out.clamp)) smaller = true;
    }
    lane.tally.add(source.joint, smaller && !skipped);
    if (skipped) lane.tally.skipped++;
  }

  #count({ action, norm, step }: StepDecision, clipped: boolean): void {
    this.total.add(norm, clipped);
    this.recent.add(norm, clipped);
    if (action === 'skip' || action === 'halt') this.total.skipped++;
    if (action === 'halt') this.#announce(halted(step));
  }

  /** A late step that was given up: it has a number, and nothing else is known of it. */
  countAbandoned(decision: StepDecision): void {
    this.#count(decision, false);
  }

  #countSkips({ action, step, reason }: StepDecision): void {
    this.skips = action === 'skip' ? this.skips + 1 : 0;
    if (this.skips === MANY_SKIPS) this.#announce(skipping(step, MANY_SKIPS, reason));
  }
}

/** Whether what was done to a key made its gradient smaller. */
function isSmaller(action: ClipAction, factor: number, clamp: number): boolean {
  return action !== 'skip' && action !== 'halt' && (factor < 1 || clamp < Infinity);
}
