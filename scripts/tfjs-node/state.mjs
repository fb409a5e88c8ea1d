// Says whether @tensorflow/tfjs-node can be used here, and tells three kinds of absence apart.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const adapters = fileURLToPath(new URL('../../packages/adapters/', import.meta.url));
const loadLimit = 120_000;
const make = 'Run `npm run tfjs-node`, which fetches or builds it.';

/**
 * The installed package as seen from the folder `from`: its folder, version, and the path of its native add-on, which
 * need not exist. Undefined where the package is not installed.
 */
export function findTfjsNode(from = adapters) {
  const folder = findPackage('@tensorflow/tfjs-node', from);
  if (folder === undefined) return undefined;
  const { version, binary } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // The newest Node-API that both the package and this Node know; one add-on serves every newer Node.
  const napi = Math.max(...binary.napi_versions.filter((known) => known <= Number(process.versions.napi)));
  const modulePath = join(folder, binary.module_path.replace('{napi_build_version}', napi));
  return { folder, version, napi, addon: join(modulePath, `${binary.module_name}.node`) };
}

/** As an import finds it: require would also look where NODE_PATH says, which pnpm sets for what it starts. */
function findPackage(name, from) {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return realpathSync(place);
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

/**
 * Loads an add-on, or the package with its folder, in a process of its own. Answers { tensorflow: version } or
 * { error: message }; what the libraries print is dropped.
 */
export function tryToLoad(path) {
  const here = (name) => new URL(name, import.meta.url);
  const { stdout, signal, status, error } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', here('util-patch.mjs').href, fileURLToPath(here('try.mjs')), path],
    { encoding: 'utf8', timeout: loadLimit, env: { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' } },
  );
  if (error?.code === 'ETIMEDOUT') return { error: `it was not loaded after ${loadLimit / 1000} s` };
  if (signal) return { error: `loading it ended the process with ${signal}` };
  const answer = stdout?.split('\n').findLast((line) => line.startsWith('{"'));
  return answer ? JSON.parse(answer) : { error: `loading it ended the process with status ${status}` };
}

/**
 * `{ usable: true, version, tensorflow, reason }`, or `{ usable: false, kind, reason, advice }` with `kind` one of
 * - `not-installed`: the npm package is not there;
 * - `no-addon`: it is, without its native add-on, since its install script did not run;
 * - `cannot-load`: the add-on is there and does not work: a library is missing, or it is made for another platform.
 *
 * Takes a few milliseconds without an add-on. With one, TensorFlow is loaded in another process: about a second.
 */
export function tfjsNodeState({ from = adapters } = {}) {
  const found = findTfjsNode(from);
  if (found === undefined) {
    return {
      usable: false,
      kind: 'not-installed',
      reason: `The package @tensorflow/tfjs-node is not installed in ${from}.`,
      advice: 'Run `npm run build`, which installs the dependencies, then `npm run tfjs-node`.',
    };
  }
  const { folder, version, addon } = found;
  if (!existsSync(addon)) {
    const missing = relative(folder, addon);
    const reason = `@tensorflow/tfjs-node ${version} is installed without its native add-on, ${missing}.`;
    return { usable: false, kind: 'no-addon', reason, advice: make };
  }
  const { tensorflow, error } = tryToLoad(folder);
  const where = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  if (error) {
    const reason = `The native add-on of @tensorflow/tfjs-node ${version} does not load in ${where}: ${error}`;
    return { usable: false, kind: 'cannot-load', reason, advice: 'Run `npm run tfjs-node`, which makes it anew.' };
  }
  return { usable: true, version, tensorflow, reason: `${version} with TensorFlow ${tensorflow} in ${where}` };
}
