import { assertOption } from '@gradclip/core';

/** @throws GradclipError INVALID_OPTION unless the value is one of `choices`. */
export function assertOneOf(factory: string, option: string, value: unknown, choices: readonly string[]): void {
  const quoted = choices.map((choice) => `'${choice}'`).join(', ');
  assertOption(factory, option, value, choices.includes(value as string), `one of ${quoted}`);
}

/** @throws GradclipError INVALID_OPTION unless the value is a finite number > 0. */
export function assertPositive(factory: string, option: string, value: unknown): void {
  const holds = typeof value === 'number' && value > 0 && value < Infinity;
  assertOption(factory, option, value, holds, 'a finite number > 0');
}

/** @throws GradclipError INVALID_OPTION unless the value is a finite number >= 0. */
export function assertNotNegative(factory: string, option: string, value: unknown): void {
  const holds = typeof value === 'number' && value >= 0 && value < Infinity;
  assertOption(factory, option, value, holds, 'a finite number >= 0');
}

/** The weight that an old average keeps. @throws GradclipError INVALID_OPTION unless the value is a number in [0, 1). */
export function assertDecay(factory: string, option: string, value: unknown): void {
  assertOption(factory, option, value, typeof value === 'number' && value >= 0 && value < 1, 'in [0, 1)');
}

/** @throws GradclipError INVALID_OPTION unless the value is true or false. */
export function assertBoolean(factory: string, option: string, value: unknown): void {
  assertOption(factory, option, value, typeof value === 'boolean', 'true or false');
}
