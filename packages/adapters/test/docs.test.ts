import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper } from '@gradclip/core';
import { auto } from '@gradclip/policies';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(root + path, 'utf8');
const sources = readdirSync(`${root}packages`, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[a-z]+.src.*\.ts$/.test(path))
  .map((path) => read(`packages/${path}`));

test.each(['README.md', 'docs/auto.md'])('the first example of %s prints what it says', (path) => {
  const [, code, output] = /```ts\n(.*?)```\s+```text\n(.*?)```/s.exec(read(path))!;
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(values.join(' '));
  const run = new Function('createClipper', 'auto', 'clipBuffers', 'console', code!);
  run(createClipper, auto, clipBuffers, { log });
  expect(`${lines.join('\n')}\n`).toBe(output);
});

test('every error and alert code has its line in docs/errors.md, and no other', () => {
  const used = sources.flatMap((source) =>
    [...source.matchAll(/'([A-Z]+_[A-Z_]+|HALTED|REENTRANT|SKIPPING)'/g)].map(([, code]) => code!),
  );
  const documented = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code!);
  const known = new Set(used);
  expect(documented.filter((code) => !known.has(code))).toEqual([]);
  expect([...known].filter((code) => !documented.includes(code))).toEqual([]);
});
