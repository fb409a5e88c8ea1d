// Packs examples/plugin-package and our packages, installs the tarballs with npm into empty projects, and uses them there as the
// author and a user of the plugin would: its own tests, docs/write-a-policy.md, a program that trains, saves and goes on.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { guideFiles } from './plugin-package/guide.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'examples/plugin-package');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const versionOf = (folder, name) => readJson(join(root, folder, 'node_modules', name, 'package.json')).version;
const { packageManager } = readJson(join(root, 'package.json'));
const { name: plugin } = readJson(join(source, 'package.json'));
const work = mkdtempSync(join(tmpdir(), 'gradclip-plugin-'));
const [tarballs, author, user] = ['tarballs', 'author', 'user'].map((name) => join(work, name));

try {
  await checkAll();
  console.log('The plugin package works from its tarball.');
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function checkAll() {
  for (const folder of [tarballs, user]) mkdirSync(folder);
  for (const name of ['core', 'policies', 'adapters'])
    run(join(root, 'packages', name), 'npx', '--yes', packageManager, 'pack', '--pack-destination', tarballs);
  const ours = readdirSync(tarballs).map((file) => join(tarballs, file));
  const tools = [`rxjs@${versionOf('packages/core', 'rxjs')}`, `typescript@${versionOf('.', 'typescript')}`];

  // The author's copy: build, test, pack.
  cpSync(source, author, { recursive: true, filter: (path) => !/[/\\](node_modules|dist)$/.test(path) });
  install(author, ...ours.filter((file) => file.includes('core')), ...tools);
  run(author, 'npm', 'run', 'build');
  console.log(summaryOf(run(author, 'npm', 'test', '--', '--test-reporter=spec')));
  run(author, 'npm', 'pack', '--pack-destination', tarballs);
  const packed = join(
    tarballs,
    readdirSync(tarballs).find((file) => file.startsWith(plugin)),
  );
  await lint(packed);

  // A user's empty project.
  writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }');
  install(user, ...ours, packed, ...tools);
  checkInstalled(join(user, 'node_modules', plugin));
  cpSync(join(source, 'test'), join(user, 'test'), { recursive: true });
  console.log(summaryOf(run(user, process.execPath, '--test', '--test-reporter=spec')));
  useIn('consumer.ts');
  runGuide();
}

function install(folder, ...packages) {
  run(
    folder,
    'npm',
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
    ...packages,
  );
}

async function lint(tarball) {
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
    strict: true,
  });
  const problems = messages.map((message) => formatMessage(message, pkg, { color: false }));
  expect(problems.length === 0, `publint: ${problems.join('\n')}`);
}

/** What was installed is what a package should hold, and brings no second copy of the core. */
function checkInstalled(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  for (const needed of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'])
    expect(paths.includes(needed), `${plugin} has no ${needed}`);
  const others = paths.filter((path) => !/^(dist(\/\w+(\.d\.ts|\.js))?|README\.md|LICENSE|package\.json)$/.test(path));
  expect(others.length === 0, `${plugin} contains ${others.join(', ')}`);
  const { sideEffects, keywords, dependencies } = readJson(join(folder, 'package.json'));
  expect(sideEffects === false, `${plugin} does not say "sideEffects": false`);
  expect(keywords.includes('clip-policy'), `${plugin} cannot be found by the keyword clip-policy`);
  expect(dependencies === undefined, `${plugin} has dependencies: the core is a peer`);
}

function useIn(file) {
  copyFileSync(join(root, 'scripts/plugin-package', file), join(user, file));
  const flags = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax'];
  flags.push('--types', '', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom', '--skipLibCheck', 'false');
  for (const module of ['preserve', 'nodenext'])
    run(user, 'npx', 'tsc', '--module', module, ...flags, '--outDir', module, file);
  console.log(run(user, process.execPath, `nodenext/${file.replace('.ts', '.js')}`).trim());
}

/** The programs of the guide, each in turn, and what they print. */
function runGuide() {
  const { programs } = guideFiles(readFileSync(join(root, 'docs/write-a-policy.md'), 'utf8'));
  for (const { path, text } of programs) writeFileSync(join(user, path), text);
  for (const { path, prints } of programs) {
    const printed = run(user, process.execPath, path);
    expect(
      prints === undefined || printed === prints,
      `${path} of the guide prints\n${printed}and should print\n${prints}`,
    );
  }
  console.log(`${programs.length} programs of docs/write-a-policy.md run as they say.`);
}

/** The line of `node --test` that counts; a run without tests is none. */
function summaryOf(output) {
  const passed = Number(/^\S+ pass (\d+)$/m.exec(output)?.[1] ?? 0);
  expect(passed > 20, `Expected the tests of ${plugin}, got ${passed}:\n${output}`);
  return `${passed} tests of ${plugin} passed.`;
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** Answers what the command prints. @throws Error with the end of it when the command fails */
function run(cwd, command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const end = `${stdout}${stderr}`.split('\n').slice(-60).join('\n');
  expect(status === 0, `${command} ${args.join(' ')} ended with ${status}\n${end}`);
  return stdout;
}
