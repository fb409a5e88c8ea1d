import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { combinatorsPlugin } from '../src/plugin/combinators.ts';

test('the plugin of the combinators says the version of the package', () => {
  expect(combinatorsPlugin.meta).toMatchObject({ name: manifest.name, version: manifest.version });
});
