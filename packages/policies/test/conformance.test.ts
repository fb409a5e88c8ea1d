import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { describe, test } from 'vitest';
import { policiesPlugin } from '../src/index.ts';
import { variants } from './variants.ts';

const registry = createRegistry([policiesPlugin]);

describe.each(variants)('%s', (_, make) => {
  for (const { name, run } of policyChecks(make, { registry })) test(name, run);
});
