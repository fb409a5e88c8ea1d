import { policiesPlugin } from '@gradclip/policies';
import { readdirSync, readFileSync } from 'node:fs';
import * as core from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import * as policies from '../src/index.ts';

const scope = { ...core, ...policies, createRegistry };
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Runs the lines of an example; a line `expression; // value` must give that value. Answers how many such lines there were. */
function runExample(lines: readonly string[]): number {
  const checked = lines
    .filter((line) => !line.startsWith('import '))
    .map((line) => {
      const [, expression, value] = /^(\S.*); \/\/ (.+)$/.exec(line) ?? [];
      return expression ? `check(${expression}, ${value});` : line;
    });
  let checks = 0;
  const check = (actual: unknown, expected: unknown) => {
    checks++;
    expect(actual).toEqual(expected);
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- the examples of our own documentation
  new Function('check', ...Object.keys(scope), checked.join('\n'))(check, ...Object.values(scope));
  return checks;
}

describe('examples in doc comments', () => {
  const files = readdirSync(new URL('../src', import.meta.url)).filter((file) => file.endsWith('.ts'));
  const examples = files.flatMap((file) =>
    [...read(`src/${file}`).matchAll(/@example\n((?: \* [^@].*\n)+)/g)].map((match) => [file, match[1]!] as const),
  );

  test('every policy has one', () => {
    const own = Object.keys(policiesPlugin.policies).filter((name) => name !== 'fixed');
    expect(examples.map(([file]) => file)).toEqual(expect.arrayContaining(own.map((name) => `${name}.ts`)));
  });

  test.each(examples)('%s', (_file, text) => {
    expect(runExample(text.split('\n').map((line) => line.replace(/^ \* /, '')))).toBeGreaterThan(0);
  });
});

describe('examples in the README', () => {
  const blocks = [...read('README.md').matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);

  test('one for auto, one for each policy with a section, one for the registry', () => {
    expect(blocks).toHaveLength(6);
  });

  test.each(blocks)('%s', (block) => {
    expect(runExample(block.split('\n'))).toBeGreaterThan(0);
  });
});
