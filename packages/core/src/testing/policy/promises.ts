import { assertOption, assertOptions } from '../../errors.ts';
import type { Check } from '../check.ts';
import { equivarianceChecks } from './equivariance.ts';
import type { Equivariance } from './equivariance.ts';
import { recoveryChecks } from './recovery.ts';
import type { Recovery } from './recovery.ts';
import { stateSizeChecks } from './stateSize.ts';
import type { PolicySubject } from './subject.ts';

/** What not every sound policy keeps, and its author may say of it. */
interface Promises {
  readonly equivariant?: Equivariance;
  readonly recovers?: Recovery;
  readonly stateSize?: number;
}

/** Their names. */
export const PROMISES: readonly (keyof Promises)[] = ['equivariant', 'recovers', 'stateSize'];

/** A check for each promise that is made. @throws GradclipError INVALID_OPTION */
export function promiseChecks(subject: PolicySubject, promises: Promises): readonly Check[] {
  const { equivariant = false, recovers = {}, stateSize } = promises;
  const caller = 'policyChecks';
  const isKnown = [true, false, 'powers of two', 'rounded'].includes(equivariant);
  assertOption(caller, 'equivariant', equivariant, isKnown, "true, false, 'powers of two' or 'rounded'");
  assertOptions(`${caller}: recovers`, recovers, ['poison', 'shift']);
  for (const [what, steps] of Object.entries(recovers))
    assertOption(caller, `recovers.${what}`, steps, steps === undefined || isCount(steps, 0), 'an integer >= 0');
  const isSize = stateSize === undefined || isCount(stateSize, 1);
  assertOption(caller, 'stateSize', stateSize, isSize, 'an integer >= 1');
  return [
    ...equivarianceChecks(subject, equivariant),
    ...recoveryChecks(subject, recovers),
    ...(stateSize === undefined ? [] : stateSizeChecks(subject, stateSize)),
  ];
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}
