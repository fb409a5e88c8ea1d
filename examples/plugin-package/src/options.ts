import { assertOption, assertOptions } from '@gradclip/core';

export type MedianOfMeansOptions = {
  /** The threshold in medians, a finite number > 0. Default 2. */
  readonly multiple?: number;
  /** How many full blocks the median is taken of, an integer from 1 to 1000. Default 9. */
  readonly blocks?: number;
  /** Norms in a block, an integer from 1 to 10000; as many are only recorded before the first threshold. Default 10. */
  readonly size?: number;
};

const upTo = (most: number) => ({
  rule: `an integer from 1 to ${most}`,
  holds: (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most,
});

/** What holds for each option. The schema reads it, too. */
export const rules = {
  multiple: {
    rule: 'a finite number > 0',
    holds: (value: unknown) => typeof value === 'number' && value > 0 && value < Infinity,
  },
  blocks: upTo(1000),
  size: upTo(10_000),
};

/** Fills the defaults in. @throws GradclipError INVALID_OPTION */
export function resolveOptions(options: MedianOfMeansOptions): Required<MedianOfMeansOptions> {
  assertOptions('medianOfMeans', options, Object.keys(rules));
  const { multiple = 2, blocks = 9, size = 10 } = options;
  const resolved = { multiple, blocks, size };
  for (const [name, value] of Object.entries(resolved)) {
    const { rule, holds } = rules[name as keyof typeof rules];
    assertOption('medianOfMeans', name, value, holds(value), rule);
  }
  return resolved;
}
