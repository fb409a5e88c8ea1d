// The programs that a build needs, or a message that names every one that is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Problem } from './phase.mjs';

const nodeGypPackage = 'node-gyp@12.4.0';
const versionCheck = 'import sys, zipfile; sys.exit(sys.version_info < (3, 8))';

/**
 * Commands as arrays, the program and its first arguments: `python`, `npm`, `nodeGyp`, and `pip` where `download` asks
 * for it.
 * @throws Problem that names what is missing, and the packages of Debian that have it.
 */
export function findTools({ download }) {
  const pythons = [process.env.PYTHON, 'python3', 'python'].filter(Boolean).map((name) => [name]);
  const pips = [...pythons.map((python) => [...python, '-m', 'pip']), ['pip3'], ['pip']];
  const python = firstThatWorks(pythons, ['-c', versionCheck]);
  const pip = download ? firstThatWorks(pips, ['--version']) : [];
  const needed = [
    ['Python 3.8 or newer', 'python3', python],
    ['pip', 'python3-pip', pip],
    ['make', 'make', firstThatWorks([['make']], ['--version'])],
    ['a C++ compiler', 'g++', firstThatWorks([(process.env.CXX || 'g++').split(' ')], ['--version'])],
  ];
  const missing = needed.filter(([, , command]) => !command);
  if (missing.length > 0) {
    const what = new Intl.ListFormat('en').format(missing.map(([name]) => name));
    const packages = missing.map(([, name]) => name).join(' ');
    throw new Problem(
      `To build the add-on, this machine lacks ${what}.\n  On Debian and Ubuntu: apt-get install ${packages}\n  Then run \`npm run tfjs-node\` again.`,
    );
  }
  return { python, pip, ...findNpm() };
}

function firstThatWorks(commands, args) {
  return commands.find(([program, ...first]) => {
    const { status } = spawnSync(program, [...first, ...args], { stdio: 'ignore', timeout: 30_000 });
    return status === 0;
  });
}

/** npm, and the node-gyp that is part of it or of the same distribution, else a pinned one through npm. */
function findNpm() {
  const beside = dirname(process.execPath);
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const places = [
    process.env.npm_execpath,
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    ...onPath,
  ];
  const cli = places
    .filter((place) => place && existsSync(place))
    .map((place) => realpathSync(place))
    .find((place) => place.endsWith('npm-cli.js'));
  if (!cli) return { npm: ['npm'], nodeGyp: ['npm', 'exec', '--yes', `--package=${nodeGypPackage}`, '--', 'node-gyp'] };
  const npm = [process.execPath, cli];
  try {
    return { npm, nodeGyp: [process.execPath, createRequire(cli).resolve('node-gyp/bin/node-gyp.js')] };
  } catch {
    return { npm, nodeGyp: [...npm, 'exec', '--yes', `--package=${nodeGypPackage}`, '--', 'node-gyp'] };
  }
}
