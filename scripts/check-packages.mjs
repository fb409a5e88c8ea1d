// Packs the packages as for a release, installs the tarballs with npm into an empty project, and uses them there.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('..', import.meta.url));
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { packageManager } = readJson(join(root, 'package.json'));
const names = readdirSync(join(root, 'packages')).filter(
  (name) => !readJson(join(root, 'packages', name, 'package.json')).private,
);
const work = mkdtempSync(join(tmpdir(), 'gradclip-packages-'));
const tarballs = join(work, 'tarballs');
const project = join(work, 'project');
const problems = [];

try {
  await checkAll();
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) console.log(`  ${problem}`);
console.log(problems.length === 0 ? 'The packages are fit to publish.' : `${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function checkAll() {
  mkdirSync(tarballs);
  mkdirSync(project);
  for (const name of names) {
    run(
      `pack ${name}`,
      join(root, 'packages', name),
      'npx',
      '--yes',
      packageManager,
      'pack',
      '--pack-destination',
      tarballs,
    );
  }
  const packed = readdirSync(tarballs).map((file) => join(tarballs, file));
  for (const file of packed) await lintTarball(file);

  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const tools = [`rxjs@${installed('packages/core', 'rxjs')}`, `typescript@${installed('.', 'typescript')}`];
  if (!run('install', project, 'npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packed, ...tools))
    return;
  const entries = names.flatMap((name) => checkContents(name, join(project, 'node_modules/@gradclip', name)));
  useEntries(entries);
}

async function lintTarball(file) {
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(file)).buffer },
    strict: true,
  });
  for (const message of messages)
    problems.push(`publint: ${pkg.name}: ${formatMessage(message, pkg, { color: false })}`);
}

/** Checks the files of an installed package and returns its entry points, as they are written in an import. */
function checkContents(name, folder) {
  const manifest = readJson(join(folder, 'package.json'));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const problem = (text) => problems.push(`${manifest.name}: ${text}`);
  for (const needed of ['README.md', 'LICENSE']) if (!paths.includes(needed)) problem(`has no ${needed}`);
  for (const path of paths) {
    const built = /^dist\/(.+?)\.(d\.ts|js)(\.map)?$/.exec(path);
    if (!built && !['README.md', 'LICENSE', 'package.json'].includes(path)) problem(`contains ${path}`);
    if (built && !existsSync(join(root, 'packages', name, 'src', `${built[1]}.ts`)))
      problem(`contains ${path}, which has no source any more: delete dist and build again`);
  }
  if (/"(workspace|catalog):/.test(JSON.stringify(manifest))) problem('names a version that only this workspace knows');
  if (manifest.sideEffects !== false) problem('does not say "sideEffects": false');
  for (const [entry, conditions] of Object.entries(manifest.exports)) {
    for (const [condition, target] of Object.entries(conditions)) {
      if (!existsSync(join(folder, target)))
        problem(`exports ${entry} as ${target} (${condition}), which is not there`);
    }
  }
  console.log(
    `${manifest.name} ${manifest.version}: ${paths.length} files, entry points ${Object.keys(manifest.exports).join(' ')}`,
  );
  return Object.keys(manifest.exports).map((entry) => manifest.name + entry.slice(1));
}

/** Imports every entry point in Node, type-checks and runs a program that uses them. */
function useEntries(entries) {
  const consumer = readFileSync(join(root, 'scripts/consumer.ts'), 'utf8');
  for (const entry of entries)
    if (!consumer.includes(`'${entry}'`)) problems.push(`scripts/consumer.ts does not use ${entry}`);
  copyFileSync(join(root, 'scripts/consumer.ts'), join(project, 'consumer.ts'));
  const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nnames(entry${i}, '${entry}');\n`);
  const main = `import { check } from './consumer.js';
function names(entry: object, name: string): void {
  if (Object.keys(entry).length === 0) throw new Error(name + ' exports nothing');
}
${imports.join('')}console.log('consumer:', await check());
`;
  writeFileSync(join(project, 'main.ts'), main);
  // RxJS needs timers, which "lib" has in DOM; nothing here may need more than that.
  const flags = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax'];
  flags.push('--skipLibCheck', 'false', '--types', '', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom');
  for (const module of ['preserve', 'nodenext']) {
    run(`types, module ${module}`, project, 'npx', 'tsc', '--module', module, ...flags, '--outDir', module, 'main.ts');
  }
  run('use', project, process.execPath, 'nodenext/main.js');
}

function installed(folder, name) {
  return readJson(join(root, folder, 'node_modules', name, 'package.json')).version;
}

function run(what, cwd, command, ...args) {
  const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) problems.push(`${what}: ${command} ended with ${status}\n${stdout}${stderr}`);
  else if (what === 'use') console.log(stdout.trim());
  return status === 0;
}
