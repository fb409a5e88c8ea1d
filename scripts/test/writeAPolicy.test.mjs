// docs/write-a-policy.md, done as its reader would: in an empty folder, with the packages beside it, by plain Node.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClipper } from '@gradclip/core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adaptive } from '../../benchmarks/tasks/src/candidate.ts';
import { Clipping } from '../../benchmarks/tasks/src/clipping.ts';
import { findTask } from '../../benchmarks/tasks/src/tasks.ts';
import { medianOfMeans } from '../../examples/plugin-package/src/index.ts';
import { guideFiles } from '../plugin-package/guide.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');
const guide = read('docs/write-a-policy.md');
const { programs, package: written } = guideFiles(guide);
const example = 'examples/plugin-package';
const { name } = JSON.parse(read(`${example}/package.json`));
let folder;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gradclip-guide-'));
  await install('core', ['index', 'registry', 'testing/index']);
  await install('policies', ['index']);
  await install('adapters', ['buffers/index']);
  writeFileSync(join(folder, 'package.json'), read(`${example}/package.json`));
  await build({ index: join(root, example, 'src/index.ts') }, folder);
  cpSync(join(root, example, 'test'), join(folder, 'test'), { recursive: true });
  for (const { path, text } of programs) writeFileSync(join(folder, path), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Makes a package of ours from its sources, with the files that its exports name. */
async function install(directory, files) {
  const to = join(folder, 'node_modules/@gradclip', directory);
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'package.json'), read(`packages/${directory}/package.json`));
  const sources = files.map((file) => [file, join(root, 'packages', directory, 'src', `${file}.ts`)]);
  await build(Object.fromEntries(sources), to);
}

async function build(input, to) {
  const bundle = await rolldown({ input, external: /^@gradclip\//, platform: 'node', logLevel: 'silent' });
  await bundle.write({ dir: join(to, 'dist'), format: 'esm' });
  await bundle.close();
}

/** What Node prints. */
function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  return stdout;
}

describe('the programs print what they should', () => {
  test('there is one for each of the sections that have one', () => {
    expect(programs.map(({ path }) => path)).toEqual([
      'inline.js',
      'blocks.js',
      'first-steps.js',
      'forecast.js',
      'explain.js',
      'combined.js',
      'failing.js',
      'by-name.js',
      'resume.js',
      'shadows.js',
    ]);
  });

  test.each(programs)('$path', ({ path, prints = '' }) => {
    expect(run(path)).toBe(prints);
  });
});

describe('the package', () => {
  test.each(written)('$path is that of the example', ({ path, text }) => {
    const own = read(`${example}/${path}`);
    if (path.endsWith('.json')) expect(JSON.parse(text)).toEqual(JSON.parse(own));
    else expect(text).toBe(own);
  });

  test('is in the guide with all its files but README, LICENSE and the tests by hand', () => {
    const sources = ['options', 'medianOfMeans', 'schema', 'index'].map((file) => `src/${file}.ts`);
    const others = ['test/checks.test.js', 'package.json', 'tsconfig.json'];
    expect(written.map(({ path }) => path).toSorted()).toEqual([...sources, ...others].toSorted());
  });

  test('passes its own tests', () => {
    const output = run('--test');
    expect(Number(/^\S+ pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(20);
  });
});

describe('the README of the package', () => {
  const blocks = [...read(`${example}/README.md`).matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block);

  test('shows it inline and by name', () => {
    expect(blocks).toHaveLength(2);
  });

  test.each(blocks)('%s', (block) => {
    const [, prints] = /console\.log\(.*\); \/\/ (.*)\n$/.exec(block);
    expect(run('--input-type=module', '--eval', block)).toBe(`${prints}\n`);
  });
});

test('the line for the tasks makes a candidate that trains', async () => {
  const [, path] = /^import \{ medianOfMeans \} from '(\/.*)';$/m.exec(guide);
  expect(path).toMatch(new RegExp(`/${name}/dist/index\\.js$`));
  const [, line] = /^```ts\n {2}(adaptive\(.*\)),\n```$/m.exec(guide);
  // oxlint-disable-next-line typescript/no-implied-eval -- the line of our own documentation
  const candidate = new Function('adaptive', 'medianOfMeans', `return ${line};`)(adaptive, medianOfMeans);
  expect(read('benchmarks/tasks/src/policies.ts')).toContain("  adaptive('auto', ");
  const task = findTask('A');
  const train = await task.load();
  const outcomes = [Infinity, candidate.make(3000)].map((policy) =>
    train(task.settings[0], 1, () => new Clipping(createClipper(policy))),
  );
  expect(outcomes[1].clipRate).toBeGreaterThan(0.01);
  expect(outcomes[1].value).toBeLessThan(outcomes[0].value / 2);
});
