import { isPositive } from './bound.ts';
import { describe, GradclipError } from './errors.ts';
import type { StepContext } from './event.ts';
import type { Layout } from './layout.ts';
import type { MeasurePlan, Measurement } from './measurement.ts';

/**
 * Refuses a measurement or a context that lacks what the plan asks for, before anything changes.
 * @throws GradclipError INVALID_MEASUREMENT, INVALID_CONTEXT
 */
export function checkInput({ order, needs }: MeasurePlan, rows: number, m: Measurement, context: StepContext): void {
  const fits = (column: Float64Array | undefined, needed: boolean): boolean =>
    column ? column.length === rows : !needed;
  const whole =
    m.order === order &&
    fits(m.power, true) &&
    fits(m.size, true) &&
    fits(m.scale, false) &&
    fits(m.weightScale, false) &&
    fits(m.maxAbs, needs.has('maxAbs')) &&
    fits(m.weightPower, needs.has('weightNorm'));
  if (!whole)
    throw new GradclipError(
      'INVALID_MEASUREMENT',
      `The measurement does not fit the plan: order ${order}, ${rows} rows.`,
      {
        where: { order: m.order, rows: m.power?.length ?? 0, needs: [...needs] },
        advice: 'Measure with the plan of this clipper, and with everything its needs name.',
      },
    );
  if (needs.has('loss') || context.loss !== undefined) checkNumber('loss', context.loss, () => true);
  if (needs.has('learningRate') || context.learningRate !== undefined)
    checkNumber('learningRate', context.learningRate, Number.isFinite);
}

function checkNumber(need: string, value: number | undefined, holds: (value: number) => boolean): void {
  if (typeof value === 'number' && holds(value)) return;
  const what = `The ${need} of the step must be a number, got ${String(value)}.`;
  throw new GradclipError('INVALID_CONTEXT', what, { where: { need }, advice: `Pass { ${need} } with the step.` });
}

/** The reason of a key, the same wherever it is decided; the step's own reason names the element. */
export const BAD_NORM = 'the gradient is not finite';

/** The bad elements of a gradient in words. */
export function badElements({ nonFinite, firstBad }: Measurement): string {
  const count = nonFinite === 1 ? '1 element is not finite' : `${nonFinite} elements are not finite`;
  return firstBad ? `${count}, the first is ${firstBad.name}[${firstBad.index}] = ${firstBad.value}` : count;
}

/** The keys that hold the first bad element, from and to; all of them when it is not known. */
export function badKeys({ main, place }: Layout, { nonFinite, firstBad }: Measurement): readonly [number, number] {
  const known = firstBad && place(firstBad.name);
  if (known) return [known[0], known[0] + known[1]];
  return [0, nonFinite > 0 ? main.hosts.length : 0];
}

export function nonFiniteError(step: number, what: string): GradclipError {
  return new GradclipError('NON_FINITE', `Step ${step} has a bad gradient: ${what}.`, {
    where: { step },
    advice: "Nothing has changed. Look at this batch, or use onNonFinite: 'skip'.",
  });
}

export function haltedError(step: number, reason: string): GradclipError {
  return new GradclipError('HALTED', `The clipper halted at step ${step}: ${reason}.`, {
    where: { step },
    advice: 'Mend the cause, then restore a saved state with { clearFaults: true }.',
  });
}

/** @throws GradclipError INVALID_MEASUREMENT */
export function lossScaleOf({ lossScale = 1 }: Measurement): number {
  if (isPositive(lossScale)) return lossScale;
  throw new GradclipError('INVALID_MEASUREMENT', `The loss scale must be finite and > 0, got ${describe(lossScale)}.`, {
    where: { lossScale: describe(lossScale) },
    advice: 'Pass the factor the loss was multiplied with.',
  });
}

export function inFlight(what: string, open: number): GradclipError {
  return new GradclipError('STEPS_IN_FLIGHT', `Cannot ${what}: ${open} steps are open.`, {
    where: { open },
    advice: 'Close them first: await clipper.settled().',
  });
}

export function noOpenStep(what: string): GradclipError {
  return new GradclipError('NO_OPEN_STEP', what, { advice: 'Open a step with forecast() first, and close each once.' });
}

/** @throws GradclipError STEP_OUT_OF_ORDER */
export function checkStep(expected: number, { step }: StepContext): void {
  if (step === undefined || step === expected) return;
  const again = step < expected ? 'has been decided already' : 'is not the next one';
  const what = `Step ${describe(step)} ${again}: the next step is the number ${expected}.`;
  throw new GradclipError('STEP_OUT_OF_ORDER', what, {
    where: { step, expected },
    advice: 'Decide once a step, in order, or leave the number out: then the clipper counts.',
  });
}

export function reentrant(what: string): GradclipError {
  return new GradclipError('REENTRANT', `${what} was called while a step is being decided.`, {
    advice: 'Do not call it from a policy or a subscriber; leave the call to the training loop.',
  });
}

export function otherTensors(step: number): GradclipError {
  const what = `The measurement has other tensors than step ${step} was opened with.`;
  return new GradclipError('INVALID_MEASUREMENT', what, {
    where: { step },
    advice: 'Close steps in the order they were opened, or abandon the step.',
  });
}
