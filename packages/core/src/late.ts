import { within } from './bound.ts';
import type { BoundLimits, ClipBound } from './bound.ts';
import type { ClipForecast } from './decision.ts';
import { describe, GradclipError } from './errors.ts';
import type { GuardSettings } from './guard.ts';
import type { Layout } from './layout.ts';

/** A step whose bounds are in force on the device and whose norms have not come back. */
export interface OpenStep {
  readonly step: number;
  readonly basedOn: number;
  readonly layout: Layout;
  /** The bound of every key, in the order of the layout. */
  readonly bounds: readonly ClipBound[];
  /** Why the step was given up; it is closed when the steps before it are. */
  abandoned?: string;
}

/**
 * The bounds of a coming step, inside the envelope; undefined where one of the policies does not know its own.
 * Changes no state.
 */
export function forecastBounds({ main }: Layout, step: number, limits: BoundLimits): readonly ClipBound[] | undefined {
  const bounds: ClipBound[] = [];
  for (let k = 0; k < main.hosts.length; k++) {
    const bound = main.lanes[k]!.forecast(main.hosts[k]!, step);
    if (bound === undefined) return undefined;
    bounds.push(inside(bound, limits));
  }
  return bounds;
}

/** A copy: a policy may answer one object for all its keys. */
function inside(bound: ClipBound, limits: BoundLimits): ClipBound {
  if (typeof bound === 'number') return within(bound, limits);
  if (!('threshold' in bound)) return { ...bound };
  return { threshold: within(bound.threshold, limits), target: within(bound.target, limits) };
}

/** Whether a bound lets every norm through. */
export function isUnbounded(bound: ClipBound): boolean {
  return bound === Infinity || (typeof bound === 'object' && 'threshold' in bound && bound.threshold === Infinity);
}

/** What the adapter applies: bounds by tensor and unit. */
export function toForecast(
  { step, basedOn, layout, bounds }: OpenStep,
  { limits, onNonFinite }: GuardSettings,
  observe: boolean,
): ClipForecast {
  const keyOf = (name: string, unit: number): number => {
    const place = layout.place(name);
    if (!place) throw notForecast('UNKNOWN_TENSOR', `the tensor ${describe(name)}`);
    const [first, count] = place;
    if (count === 1) return first;
    if (!(unit >= 0 && unit < count)) throw notForecast('UNKNOWN_UNIT', `unit ${unit} of ${name}`);
    return first + unit;
  };
  return {
    step,
    basedOn,
    applied: !observe,
    epsilon: limits.epsilon,
    dropsNonFinite: onNonFinite !== 'pass',
    key: (name, unit = 0) => layout.main.hosts[keyOf(name, unit)]!.key,
    bound: (name, unit = 0) => bounds[keyOf(name, unit)]!,
  };
}

function notForecast(code: string, which: string): GradclipError {
  return new GradclipError(code, `The forecast does not hold ${which}.`, {
    advice: 'Ask for the tensors the forecast was made for.',
  });
}
