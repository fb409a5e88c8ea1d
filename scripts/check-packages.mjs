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

/**
 * Programs that use the entry points. The declarations of tfjs do not pass a strict compiler themselves, so its program is
 * checked without those of libraries.
 */
const consumers = [
  { file: 'consumer', flags: ['--skipLibCheck', 'false'] },
  { file: 'consumer-tfjs', flags: ['--skipLibCheck', 'true'] },
];

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
  const peers = { rxjs: 'packages/core', typescript: '.' };
  for (const name of ['tfjs-core', 'tfjs-backend-cpu', 'tfjs-layers'])
    peers[`@tensorflow/${name}`] = 'packages/adapters';
  const tools = Object.entries(peers).map(([name, folder]) => `${name}@${installed(folder, name)}`);
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

/** Type-checks and runs the programs, and sees to it that every entry point is used and exports something. */
function useEntries(entries) {
  for (const { file, flags } of consumers) {
    const text = readFileSync(join(root, `scripts/${file}.ts`), 'utf8');
    const used = entries.filter((entry) => text.includes(`'${entry}'`));
    useIn(file, used, flags);
    entries = entries.filter((entry) => !used.includes(entry));
  }
  for (const entry of entries) problems.push(`no program in scripts uses ${entry}`);
}

function useIn(file, entries, libraryFlags) {
  copyFileSync(join(root, `scripts/${file}.ts`), join(project, `${file}.ts`));
  const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nnames(entry${i}, '${entry}');\n`);
  const main = `import { check } from './${file}.js';
function names(entry: object, name: string): void {
  if (Object.keys(entry).length === 0) throw new Error(name + ' exports nothing');
}
${imports.join('')}console.log('${file}:', await check());
`;
  writeFileSync(join(project, `use-${file}.ts`), main);
  // RxJS needs timers, which "lib" has in DOM; nothing here may need more than that.
  const flags = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax'];
  flags.push('--types', '', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom', ...libraryFlags);
  for (const module of ['preserve', 'nodenext']) {
    const what = `types of ${file}, module ${module}`;
    run(what, project, 'npx', 'tsc', '--module', module, ...flags, '--outDir', module, `use-${file}.ts`);
  }
  run('use', project, process.execPath, `nodenext/use-${file}.js`);
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
