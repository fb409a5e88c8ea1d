import { within } from './bound.ts';
import type { BoundLimits, ClipBound } from './bound.ts';
import type { ClipForecast } from './decision.ts';
import { describe, GradclipError } from './errors.ts';
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

/** The bounds of a coming step; undefined where one of the policies does not know its own. Changes no state. */
export function forecastBounds({ main }: Layout, step: number): readonly ClipBound[] | undefined {
  const bounds: ClipBound[] = [];
  for (let k = 0; k < main.hosts.length; k++) {
    const bound = main.lanes[k]!.forecast(main.hosts[k]!, step);
    if (bound === undefined) return undefined;
    // A copy: a policy may answer one object for all its keys.
    bounds.push(typeof bound === 'number' ? bound : { ...bound });
  }
  return bounds;
}

/** What the adapter applies: bounds by tensor and unit, inside the envelope. */
export function toForecast({ step, basedOn, layout, bounds }: OpenStep, limits: BoundLimits): ClipForecast {
  return {
    step,
    basedOn,
    bound(name, unit = 0) {
      const place = layout.place(name);
      if (!place) throw notForecast('UNKNOWN_TENSOR', `the tensor ${describe(name)}`);
      const [first, count] = place;
      if (count > 1 && !(unit >= 0 && unit < count)) throw notForecast('UNKNOWN_UNIT', `unit ${unit} of ${name}`);
      const bound = bounds[first + (count > 1 ? unit : 0)]!;
      if (typeof bound === 'number') return within(bound, limits);
      if (!('threshold' in bound)) return bound;
      return { threshold: within(bound.threshold, limits), target: within(bound.target, limits) };
    },
  };
}

function notForecast(code: string, which: string): GradclipError {
  return new GradclipError(code, `The forecast does not hold ${which}.`, {
    advice: 'Ask for the tensors the forecast was made for.',
  });
}
