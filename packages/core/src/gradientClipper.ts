import type { Observable } from 'rxjs';
import type { Clipper } from './clipper.ts';
import { CLIPPER_OPTIONS } from './clipperOptions.ts';
import type { ClipperOptions } from './clipperOptions.ts';
import { Decider } from './decide.ts';
import type { ClipAlert, ClipForecast, StepDecision } from './decision.ts';
import { assertOption, assertOptions } from './errors.ts';
import type { GradientNormEvent, StepContext } from './event.ts';
import { createRouting } from './groups.ts';
import type { ClipGroup } from './groups.ts';
import { emptyGroups, halted as haltedAlert, leftOver, noForecast } from './alerts.ts';
import { isPositive } from './bound.ts';
import { guardSettings } from './guard.ts';
import type { GuardSettings } from './guard.ts';
import type { Announce } from './host.ts';
import type { Json } from './json.ts';
import { checkStep, haltedError, inFlight, lossScaleOf, noOpenStep, otherTensors, reentrant } from './input.ts';
import { observedEvents } from './keyEvent.ts';
import { forecastBounds, isUnbounded, toForecast } from './late.ts';
import type { OpenStep } from './late.ts';
import { Layouts, sameList } from './layout.ts';
import type { Layout } from './layout.ts';
import type { MeasurePlan, Measurement } from './measurement.ts';
import type { PolicyLike } from './policy.ts';
import { specOf } from './spec.ts';
import type { ClipperSpec } from './spec.ts';
import { createStageStore } from './stageStore.ts';
import type { StageStore } from './stageStore.ts';
import { loadMemory, saveMemory } from './state.ts';
import type { Memory, RestoreOptions } from './state.ts';
import { readStats } from './stats.ts';
import type { ClipStats } from './stats.ts';
import type { StepFacts } from './step.ts';
import { Streams } from './streams.ts';

/** Steps after a restore, then saved keys that have not come back are announced. */
const PATIENCE = 100;

/** The clipper behind {@link Clipper}: the order of steps, what is open, what is told to whom. */
export class GradientClipper implements Clipper {
  readonly plan: MeasurePlan;
  readonly norms$: Observable<GradientNormEvent>;
  readonly decisions$: Observable<StepDecision>;
  readonly alerts$: Observable<ClipAlert>;
  readonly spec: () => ClipperSpec;
  readonly stages: StageStore;
  readonly #observe: boolean;
  readonly #guard: GuardSettings;
  readonly #memory: Memory;
  readonly #streams: Streams;
  readonly #announce: Announce;
  readonly #layouts: Layouts;
  #open: OpenStep[] = [];
  #busy = false;
  #restoredAt = NaN;
  #lateRefused = false;
  /** Empty groups have been announced, or were when the state was saved. */
  #groupsKnown = false;
  #settled: (() => void)[] = [];

  constructor(policy: PolicyLike | readonly ClipGroup[], options: ClipperOptions) {
    assertOptions('createClipper', options, CLIPPER_OPTIONS);
    const { scope, norm = 2, observe = false, shadows = {} } = options;
    const orders = 'a number > 0 up to 512, or Infinity';
    const known = norm === Infinity || (isPositive(norm) && norm <= 512);
    assertOption('createClipper', 'norm', norm, known, orders);
    assertOption('createClipper', 'observe', observe, typeof observe === 'boolean', 'true or false');
    this.spec = specOf(policy, options);
    this.#observe = observe;
    this.#guard = guardSettings(options, 'createClipper');
    this.#streams = new Streams(() => this.#memory.next - 1);
    this.#announce = (alert) => this.#streams.announce(alert);
    const routing = createRouting(policy, { order: norm, scope, shadows }, this.#guard, this.#announce);
    const decider = new Decider(routing, this.#guard, this.#announce);
    this.stages = createStageStore(() => this.#memory.next);
    this.#memory = { routing, decider, stages: this.stages, next: 0, halted: null };
    this.#layouts = new Layouts(routing);
    this.plan = routing.plan;
    this.norms$ = this.#streams.norms$;
    this.decisions$ = this.#streams.decisions$;
    this.alerts$ = this.#streams.alerts$;
  }

  decide(measurement: Measurement, context: StepContext = {}): StepDecision {
    this.#enter('decide');
    const { next: step } = this.#memory;
    if (this.#open.length) throw inFlight('decide a step exactly', this.#open.length);
    checkStep(step, context);
    const layout = this.#layouts.of(measurement.names, measurement.offsets);
    return this.#complete(layout, measurement, context, this.#facts(step, 'exact', step, measurement));
  }

  forecast(names: readonly string[], { bounded = false }: { bounded?: boolean } = {}): ClipForecast | undefined {
    this.#enter('forecast');
    const { routing, next: step } = this.#memory;
    const without = routing.lanes.find(({ policy }) => !policy.forecast);
    if (without) {
      if (!this.#lateRefused) this.#undisturbed(() => this.#announce(noForecast(step, without.policy.name)));
      this.#lateRefused = true;
      return undefined;
    }
    const layout = this.#layouts.ofNames(names);
    const bounds = layout && this.#undisturbed(() => forecastBounds(layout, step, this.#guard.limits));
    if (!bounds || (bounded && bounds.some(isUnbounded))) return undefined;
    const open: OpenStep = { step, basedOn: (this.#open[0]?.step ?? step) - 1, layout, bounds };
    this.#open.push(open);
    this.#memory.next++;
    return toForecast(open, this.#guard, this.#observe);
  }

  arrive(measurement: Measurement, context: StepContext = {}): StepDecision {
    this.#refuseReentry('arrive');
    const open = this.#open[0];
    if (!open) throw noOpenStep('No step is open.');
    checkStep(open.step, context);
    const layout = this.#layouts.of(measurement.names, measurement.offsets);
    if (!fits(layout, open.layout)) throw otherTensors(open.step);
    const facts = this.#facts(open.step, 'late', open.basedOn, measurement);
    const decision = this.#complete(layout, measurement, context, facts, open);
    this.#closeAbandoned();
    return decision;
  }

  abandon(step: number, reason: string = 'no reason was given'): void {
    this.#refuseReentry('abandon');
    const open = this.#open.find((candidate) => candidate.step === step && candidate.abandoned === undefined);
    if (!open) throw noOpenStep(`Step ${step} is not open.`);
    open.abandoned = reason;
    this.#closeAbandoned();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.length) this.#settled.push(resolve);
      else resolve();
    });
  }

  stats(): ClipStats {
    return readStats(this.#memory.routing, this.#memory.decider);
  }

  explain(key: string = 'global'): string | undefined {
    return this.#memory.routing.lanes.map((lane) => lane.explain(key)).findLast(Boolean);
  }

  state(): Json {
    if (this.#open.length) throw inFlight('save the state', this.#open.length);
    return saveMemory(this.#memory);
  }

  restore(saved: Json, options: RestoreOptions = {}): void {
    this.#refuseReentry('restore');
    if (this.#open.length) throw inFlight('restore a state', this.#open.length);
    loadMemory(this.#memory, saved, options)();
    this.#layouts.clear();
    this.#restoredAt = this.#memory.next;
    this.#groupsKnown = this.#memory.next > 0;
  }

  end(): void {
    this.#undisturbed(() => this.#streams.end());
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #facts(step: number, clock: 'exact' | 'late', basedOn: number, m: Measurement): StepFacts {
    return { step, clock, basedOn, observe: this.#observe, lossScale: lossScaleOf(m) };
  }

  /** Everything of a step but its order: decide, remember, tell. */
  #complete(layout: Layout, m: Measurement, context: StepContext, facts: StepFacts, opened?: OpenStep): StepDecision {
    const memory = this.#memory;
    return this.#undisturbed(() => {
      const decision = memory.decider.decide({ layout, m, context, facts, opened: opened?.bounds });
      if (opened) this.#open.shift();
      else memory.next++;
      const { step, action, reason = '' } = decision;
      if (action === 'halt' && !memory.halted) {
        memory.halted = { step, reason };
        this.#announce(haltedAlert(step, reason));
      }
      if (!this.#groupsKnown) emptyGroups(memory.routing, layout.main).forEach(this.#announce);
      this.#groupsKnown = true;
      this.#announceLeftOver(step);
      const { lossScale } = facts;
      if (this.#streams.observed)
        this.#streams.emit(observedEvents(layout.main, { m, context, lossScale }, decision), decision);
      return decision;
    });
  }

  /** Nobody who hears of it may call back while it runs. */
  #undisturbed<T>(work: () => T): T {
    this.#busy = true;
    this.#streams.hold();
    try {
      return work();
    } finally {
      this.#streams.release();
      this.#busy = false;
    }
  }

  /** Steps that were given up leave when those before them have been closed, so that decisions$ stays in order. */
  #closeAbandoned(): void {
    const { decider } = this.#memory;
    for (let open = this.#open[0]; open?.abandoned !== undefined; open = this.#open[0]) {
      this.#open.shift();
      const { step, basedOn, layout, abandoned: reason } = open;
      const facts: StepFacts = { step, basedOn, clock: 'late', observe: this.#observe, lossScale: 1 };
      const decision = decider.abandon(layout, facts, reason);
      this.#undisturbed(() => {
        this.#announceLeftOver(step);
        this.#streams.emit([], decision);
      });
    }
    if (!this.#open.length) for (const resolve of this.#settled.splice(0)) resolve();
  }

  #announceLeftOver(step: number): void {
    if (step + 1 !== this.#restoredAt + PATIENCE) return;
    leftOver(this.#memory.routing, this.stages.saved, step, PATIENCE).forEach(this.#announce);
  }

  #enter(what: string): void {
    this.#refuseReentry(what);
    const { halted } = this.#memory;
    if (halted) throw haltedError(halted.step, halted.reason);
  }

  #refuseReentry(what: string): void {
    if (this.#busy) throw reentrant(what);
  }
}

/** Whether a measurement has the keys a step was opened with; that may have been before units were counted. */
function fits({ names, offsets }: Layout, opened: Layout): boolean {
  return sameList(names, opened.names) && (!opened.offsets || sameList(offsets ?? [], opened.offsets));
}
