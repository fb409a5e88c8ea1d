import { assertOption } from '@gradclip/core';

/** @throws GradclipError INVALID_OPTION unless the value is one of `choices`. */
export function assertOneOf(factory: string, option: string, value: unknown, choices: readonly string[]): void {
  const quoted = choices.map((choice) => `'${choice}'`).join(', ');
  assertOption(factory, option, value, choices.includes(value as string), `one of ${quoted}`);
}
