import type { Clipper, Measurement, StepContext, StepDecision } from '@gradclip/core';

/** What a clipper was told of a step. */
export interface Told {
  readonly m: Measurement;
  readonly context: StepContext;
}

/** The same clipper, with a copy of what it is told, by step. */
export function recordedClipper(clipper: Clipper): { clipper: Clipper; told: Map<number, Told> } {
  const told = new Map<number, Told>();
  const record = (m: Measurement, context: StepContext, close: () => StepDecision): StepDecision => {
    // The columns are filled again at the next step.
    const copy = structuredClone({ m, context });
    const decision = close();
    told.set(decision.step, copy);
    return decision;
  };
  const recorded: Clipper = {
    plan: clipper.plan,
    stages: clipper.stages,
    norms$: clipper.norms$,
    decisions$: clipper.decisions$,
    alerts$: clipper.alerts$,
    decide: (m, context = {}) => record(m, context, () => clipper.decide(m, context)),
    arrive: (m, context = {}) => record(m, context, () => clipper.arrive(m, context)),
    forecast: (names, options) => clipper.forecast(names, options),
    abandon: (step, reason) => clipper.abandon(step, reason),
    settled: () => clipper.settled(),
    stats: () => clipper.stats(),
    explain: (key) => clipper.explain(key),
    state: () => clipper.state(),
    restore: (saved, options) => clipper.restore(saved, options),
    spec: () => clipper.spec(),
    end: () => clipper.end(),
    [Symbol.dispose]: () => clipper[Symbol.dispose](),
  };
  return { clipper: recorded, told };
}

/**
 * What a fresh clipper decides, given the same measurements, each step opened when the steps that its bound is based on
 * have been closed.
 */
export function replayed(
  clipper: Clipper,
  decisions: readonly StepDecision[],
  told: ReadonlyMap<number, Told>,
): readonly StepDecision[] {
  const again: StepDecision[] = [];
  // Else they are written to the console.
  clipper.alerts$.subscribe();
  const closeUpTo = (last: number): void => {
    while (again.length <= last) {
      const { m, context } = told.get(again.length)!;
      again.push(clipper.arrive(m, context));
    }
  };
  for (const { step, decisions: own } of decisions) {
    const { clock, basedOn } = own[0]!;
    const { m, context } = told.get(step)!;
    closeUpTo(clock === 'exact' ? step - 1 : basedOn);
    if (clock === 'exact') again.push(clipper.decide(m, context));
    else if (!clipper.forecast(m.names)) throw new Error(`Step ${step} has no forecast when it is replayed.`);
  }
  closeUpTo(decisions.length - 1);
  return again;
}

/** Everything a decision says, as plain data. */
export function plain(decision: StepDecision, names: readonly string[]): object {
  const { step, action, proceed, applied, norm, normAfter, threshold, factor, reason, decisions } = decision;
  const columns = names.map((name) => [[...decision.factors(name)], [...decision.clamps(name)]]);
  return { step, action, proceed, applied, norm, normAfter, threshold, factor, reason, columns, decisions };
}
