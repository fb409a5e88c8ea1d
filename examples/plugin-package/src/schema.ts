import type { StandardSchema } from '@gradclip/core';
import { rules } from './options.js';
import type { MedianOfMeansOptions } from './options.js';

type Issue = { readonly message: string; readonly path: readonly string[] };

/** The options as a Standard Schema, for tools that check a form or a file: it lists all that is wrong at once. */
export const optionsSchema: StandardSchema<MedianOfMeansOptions> = {
  '~standard': {
    version: 1,
    vendor: 'clip-policy-median-of-means',
    validate(value: unknown) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return { issues: [{ message: 'must be an object', path: [] }] };
      const issues = Object.entries(value).flatMap(([name, given]): readonly Issue[] => {
        if (!Object.hasOwn(rules, name)) return [{ message: 'is not an option', path: [name] }];
        const { rule, holds } = rules[name as keyof typeof rules];
        return given === undefined || holds(given) ? [] : [{ message: `must be ${rule}`, path: [name] }];
      });
      return issues.length > 0 ? { issues } : { value };
    },
  },
};
