// The official binary: the package's own install script, run in a copy of the package, since it writes to package.json.
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { keep } from './cache.mjs';
import { bytesIn, phase, run, temporaryFolder } from './phase.mjs';
import { tryToLoad } from './state.mjs';

const answerLimit = 5000;
const stallLimit = 30_000;

/** Puts libraries and add-on at `entry`. Answers whether it could. */
export function fetchOfficial({ folder, addon }, entry) {
  const { TFJS_NODE_CDN_STORAGE, npm_config_TFJS_NODE_CDN_STORAGE, CDN_STORAGE } = process.env;
  // The same variables as the install script.
  const host =
    TFJS_NODE_CDN_STORAGE || npm_config_TFJS_NODE_CDN_STORAGE || CDN_STORAGE || 'https://storage.googleapis.com/';
  return phase(`looking for the official binary at ${host}`, async (progress) => {
    if (!(await answers(host))) {
      progress.outcome = 'no answer';
      return false;
    }
    const copy = join(temporaryFolder(dirname(entry)), 'package');
    for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts']) {
      cpSync(join(folder, name), join(copy, name), { recursive: true });
    }
    const modules = join(folder, '..', '..');
    symlinkSync(modules, join(copy, 'node_modules'), 'junction');
    const bin = [join(folder, 'node_modules/.bin'), join(modules, '.bin'), process.env.PATH].join(delimiter);
    const { signal, megabytes, end } = watchGrowth(copy);
    progress.detail = () => `${megabytes()} MB`;
    const env = { ...process.env, PATH: bin };
    const { status, output } = await run(process.execPath, ['scripts/install.js'], { cwd: copy, env, signal });
    end();
    const made = join(copy, relative(folder, addon));
    let reason;
    if (signal.aborted) reason = `nothing came for ${stallLimit / 1000} s`;
    else if (status !== 0 || !existsSync(made))
      reason = output.split('\n').find((line) => /\bError: |failed/.test(line));
    else reason = tryToLoad(made).error;
    if (reason !== undefined || !existsSync(made)) {
      progress.outcome = `not usable: ${reason?.trim() ?? 'its install script made no add-on'}`;
      return false;
    }

    const finished = join(copy, 'finished');
    mkdirSync(finished);
    for (const name of ['deps', 'lib']) renameSync(join(copy, name), join(finished, name));
    keep(finished, entry);
    return true;
  });
}

/** Whether there is any answer. Behind a proxy, which fetch does not use, the download itself shows it. */
async function answers(host) {
  if (Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))) return true;
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(answerLimit) });
    return true;
  } catch {
    return false;
  }
}

/** Tells by `signal` that a folder does not grow any more. */
function watchGrowth(folder) {
  const stalled = new AbortController();
  let bytes = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = bytesIn(folder);
    if (now !== bytes) since = performance.now();
    else if (performance.now() - since > stallLimit) stalled.abort();
    bytes = now;
  }, 1000);
  return { signal: stalled.signal, megabytes: () => Math.round(bytes / 1e6), end: () => clearInterval(timer) };
}
