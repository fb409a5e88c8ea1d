import { assertOption, GradclipError } from '@gradclip/core';

/**
 * Refuses an option that nobody reads: a misspelt one would silently keep its default.
 * @param options What was given, or the rest of it.
 * @param known The options there are.
 * @throws GradclipError INVALID_OPTION
 */
export function assertKnown(factory: string, options: object, known: object): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown === undefined) return;
  throw new GradclipError('INVALID_OPTION', `${factory}({ ${unknown} }) is not an option here.`, {
    where: { factory, option: unknown },
    advice: `Known are ${Object.keys(known).join(', ')}.`,
  });
}

/** @throws GradclipError INVALID_OPTION unless the value is one of `choices`. */
export function assertOneOf(factory: string, option: string, value: unknown, choices: readonly string[]): void {
  const quoted = choices.map((choice) => `'${choice}'`).join(', ');
  assertOption(factory, option, value, choices.includes(value as string), `one of ${quoted}`);
}
