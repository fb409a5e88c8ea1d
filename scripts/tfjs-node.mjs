// npm run tfjs-node: makes the development dependency @tensorflow/tfjs-node usable, whose install script does not run here.
import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, builtName } from './tfjs-node/build.mjs';
import { cacheFolder, link } from './tfjs-node/cache.mjs';
import { fetchOfficial } from './tfjs-node/official.mjs';
import { Problem } from './tfjs-node/phase.mjs';
import { findTfjsNode, tfjsNodeState } from './tfjs-node/state.mjs';

const help = `npm run tfjs-node [-- --check | --json | --help]

Makes the development dependency @tensorflow/tfjs-node usable, so that the tests of its backend run. The package
computes with a native add-on and TensorFlow's libraries; its install script, which would download them, is not run by
the installation of this repository. Without them everything else works, and those tests are shown as skipped.

What it tries, until one works:
  1. an add-on that is there and works already;
  2. one from the cache, ${shorten(cacheFolder())} ($XDG_CACHE_HOME decides where);
  3. the official binary, with the package's install script (TFJS_NODE_CDN_STORAGE names a mirror);
  4. on Linux x64, a build from the package's own sources against the libraries and headers of the Python wheel
     tensorflow-cpu. Needs Python 3, pip, make and g++; on Debian and Ubuntu:
       apt-get install python3 python3-pip make g++
     The wheel is a download of 274 MB; about 900 MB stay in the cache, where other checkouts find them.
     PYTHON and CXX name another Python and compiler.

The package gets links into the cache. Deleting the cache folder undoes everything.

  --check   changes nothing; says whether it is usable, and if not, what is missing and what to do
  --json    like --check, as JSON: { usable, kind, reason, advice, version, tensorflow }; kind is one of not-installed,
            no-addon, cannot-load
  --help    this text

Status: 0 usable, 1 not usable, 2 an option that does not exist.`;

const options = readOptions();
if (options.help) console.log(help);
else if (options.check || options.json) check(options);
else await makeUsable().catch(explain);

function readOptions() {
  const flag = { type: 'boolean' };
  try {
    return parseArgs({ options: { check: flag, json: flag, help: flag } }).values;
  } catch (error) {
    const [message] = error.message.split(/\. |\n/);
    console.error(`tfjs-node: ${message}. \`npm run tfjs-node -- --help\` lists the options.`);
    process.exit(2);
  }
}

function check({ json }) {
  const state = tfjsNodeState();
  if (json) console.log(JSON.stringify(state));
  else if (state.usable) console.log(`tfjs-node: usable: ${state.reason}`);
  else console.log(`tfjs-node: not usable (${state.kind}). ${state.reason}\n  ${state.advice}`);
  process.exitCode = state.usable ? 0 : 1;
}

async function makeUsable() {
  const began = performance.now();
  const state = tfjsNodeState();
  if (state.usable) return console.log(`tfjs-node: usable already: ${state.reason}`);
  if (state.kind === 'not-installed') throw new Problem(`${state.reason}\n  ${state.advice}`);
  if (state.kind === 'cannot-load') console.log(`tfjs-node: ${state.reason}`);

  const found = findTfjsNode();
  const named = (kind) => join(cacheFolder(), `${found.version}-${process.platform}-${process.arch}-${kind}`);
  const official = named('official');
  const built = named(builtName);
  const done = (how, where = '') => {
    console.log(`tfjs-node: ${how}, ${Math.round((performance.now() - began) / 1000)} s${where}`);
  };

  for (const entry of [official, built].filter((place) => existsSync(place))) {
    if (use(entry, found)) return done(`linked what is cached in ${shorten(entry)}`);
  }
  if ((await fetchOfficial(found, official)) && use(official, found)) {
    return done('downloaded the official binary', `; cached in ${shorten(official)}`);
  }
  const how = await build(found, built);
  if (use(built, found)) return done(how, `; cached in ${shorten(built)}`);
  throw new Problem(`nothing that was tried works here.\n  Delete ${shorten(cacheFolder())}, then run it once more.`);
}

/** Whether the package works with what is cached at `entry`, which is removed otherwise. */
function use(entry, { folder }) {
  link(entry, folder);
  const { usable, reason } = tfjsNodeState();
  if (!usable) {
    console.log(`tfjs-node: what is cached in ${shorten(entry)} does not work and is removed. ${reason}`);
    rmSync(entry, { recursive: true });
  }
  return usable;
}

function explain(error) {
  // The system refuses: a cache that is not to be written to, a full disk.
  const advice = error.syscall ? '\n  XDG_CACHE_HOME names another place for the cache.' : '';
  if (!(error instanceof Problem) && !advice) throw error;
  console.error(`tfjs-node: ${error.message}${advice}`);
  process.exitCode = 1;
}

function shorten(path) {
  return path.startsWith(homedir()) ? path.replace(homedir(), '~') : path;
}
