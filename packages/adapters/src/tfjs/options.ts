import { assertOption, assertOptions, CLIPPER_OPTIONS, createClipper, GradclipError } from '@gradclip/core';
import type { ClipGroup, Clipper, ClipperOptions, PolicyLike } from '@gradclip/core';

/** When the norms of a step are known to the bound in force. */
export interface ClockOptions {
  readonly clock: 'auto' | 'exact' | 'late';
  readonly lateAfter: number;
  readonly maxLag: number;
}

export interface TfjsOptions extends ClipperOptions {
  /**
   * 'exact' reads the norm of every step before the optimizer goes on. 'late' computes the factor on the device from a
   * bound known beforehand and reads norms when they arrive. 'auto', the default, is late on webgl and webgpu.
   */
  clock?: ClockOptions['clock'];
  /** Steps that are exact as long as a key has no finite threshold, an integer >= 0. Default 100. */
  lateAfter?: number;
  /** With more steps than these on their way the next one is exact, an integer >= 0. Default 64. */
  maxLag?: number;
}

/** What clips an optimizer: a threshold, a policy, groups of them, or a clipper made beforehand. */
export type ClippedBy = PolicyLike | readonly ClipGroup[] | Clipper;

const CLOCK_OPTIONS = ['clock', 'lateAfter', 'maxLag'];
const CLOCKS = ['auto', 'exact', 'late'];
/** A clipper sees the gradients of one optimizer, else its history is of two trainings. */
const inUse = new WeakSet<Clipper>();

/**
 * The clipper, and when it is asked. It is taken until it is released.
 * @throws GradclipError INVALID_OPTION, CLIPPER_IN_USE, and what createClipper throws
 */
export function takeClipper(caller: string, by: ClippedBy, options: TfjsOptions): [Clipper, ClockOptions] {
  const given = isClipper(by);
  // A clipper has its options already.
  assertOptions(caller, options, given ? CLOCK_OPTIONS : [...CLOCK_OPTIONS, ...CLIPPER_OPTIONS]);
  const { clock = 'auto', lateAfter = 100, maxLag = 64, ...rest } = options;
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;
  assertOption(caller, 'clock', clock, CLOCKS.includes(clock), `one of ${CLOCKS.join(', ')}`);
  assertOption(caller, 'lateAfter', lateAfter, isCount(lateAfter), 'an integer >= 0');
  assertOption(caller, 'maxLag', maxLag, isCount(maxLag), 'an integer >= 0');
  const clipper = given ? by : createClipper(by, rest);
  if (inUse.has(clipper))
    throw new GradclipError('CLIPPER_IN_USE', 'This clipper already clips another optimizer.', {
      advice: 'Make one for each: its history is that of one training.',
    });
  inUse.add(clipper);
  return [clipper, { clock, lateAfter, maxLag }];
}

export function releaseClipper(clipper: Clipper): void {
  inUse.delete(clipper);
}

function isClipper(by: ClippedBy): by is Clipper {
  return typeof by === 'object' && by !== null && 'plan' in by && 'decide' in by;
}
