import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import type { Check, PolicyCheckOptions } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { policiesPlugin } from '../src/index.ts';
import { rows } from './promises.ts';
import type { Row } from './promises.ts';
import { variants } from './variants.ts';

const registry = createRegistry([policiesPlugin]);

describe.each(variants)('%s', (_, make) => {
  for (const { name, run } of policyChecks(make, { registry })) test(name, run);
});

describe.each(rows)('what is promised of $label', ({ make, promises, broken }) => {
  for (const { name, run } of promiseChecks(make, promises)) test(name, run);

  test.each(broken)('and no more: %o', (promise) => {
    const [check] = promiseChecks(make, promise);
    expect(check!.run).toThrow(/failed: expected (?!no error)/);
  });
});

test('the table has every policy of the plugin', () => {
  const names = new Set(rows.map(({ make }) => make().name));
  expect([...names]).toEqual(expect.arrayContaining(Object.keys(policiesPlugin.policies)));
});

/** The checks that come with promises alone. */
function promiseChecks(make: Row['make'], promises: PolicyCheckOptions): readonly Check[] {
  return policyChecks(make, promises).slice(policyChecks(make).length);
}
