import { createResolution, resolveThreshold } from './bound.ts';
import type { Resolution } from './bound.ts';
import type { ClipAction, ClipDecision, StepDecision } from './decision.ts';
import { invalidOption } from './errors.ts';
import { BAD_NORM, badElements, lossScaleOf } from './input.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { toDecision, unknownTensor } from './step.ts';

/**
 * One decision of a fixed threshold at global scope, without a clipper: for adapters whose users pass a number. Always
 * step 0; a gradient that is not finite is skipped.
 * @throws GradclipError INVALID_OPTION, INVALID_MEASUREMENT
 */
export function decideOnce(threshold: number, m: Measurement): StepDecision {
  if (typeof threshold !== 'number' || !(threshold > 0))
    throw invalidOption('The threshold', 'clip', 'threshold', threshold, 'a number > 0');
  const norm = jointNorm(m.power, m.scale, m.order) / lossScaleOf(m);
  const bad = m.nonFinite > 0 ? badElements(m) : norm < Infinity ? undefined : `the norm is ${norm}`;
  const out = createResolution();
  if (bad === undefined) {
    out.normAfter = norm;
    resolveThreshold(threshold, threshold, norm, 0, out);
  }
  return new OnlyStep(m.names, bad === undefined ? norm : NaN, bad, out);
}

class OnlyStep implements StepDecision {
  readonly step: number = 0;
  readonly applied: boolean = true;
  readonly action: ClipAction;
  readonly proceed: boolean;
  readonly norm: number;
  readonly normAfter: number;
  readonly threshold: number;
  readonly factor: number;
  declare readonly reason?: string;
  readonly #names: readonly string[];

  constructor(names: readonly string[], norm: number, bad: string | undefined, out: Resolution) {
    this.action = bad === undefined ? out.action : 'skip';
    this.proceed = bad === undefined;
    this.norm = norm;
    this.normAfter = out.normAfter;
    this.threshold = out.threshold;
    this.factor = out.factor;
    if (bad !== undefined) this.reason = bad;
    this.#names = names;
  }

  factors(name: string): Float64Array {
    if (!this.#names.includes(name)) throw unknownTensor(name);
    return Float64Array.of(this.factor);
  }

  clamps(name: string): Float64Array {
    return this.factors(name).fill(Infinity);
  }

  get decisions(): readonly ClipDecision[] {
    const reason = this.proceed ? undefined : BAD_NORM;
    const at = { step: 0, clock: 'exact', basedOn: 0 } as const;
    return Object.freeze([
      toDecision(at, {
        ...(this as StepDecision),
        key: 'global',
        policy: 'fixed',
        threshold: this.threshold,
        factor: this.factor,
        reason,
      }),
    ]);
  }
}
