// Naive, exact and late, per backend, in one run: `npm run bench:tfjs`, `npm run bench:tfjs -- --backends wasm --json`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureInBrowser } from './inBrowser.ts';
import type { Case, Result } from './result.ts';
import { tableOf } from './table.ts';

const HELP = `npm run bench:tfjs -- [--backends cpu,wasm,node,webgl,webgpu] [--tensors 10,100,500] [--quick] [--json] [--help]

Clips the gradients of a dense net on each backend: in the loop that users write ("naive"), by clipOptimizer with the exact
clock, and with the late one. Cells are microseconds a call and the ratio to the first row of their group: medians over
rounds in which all variants take turns. Ratios hold between machines, times do not. cpu, wasm and node: 1e6 parameters.
webgl and webgpu run in the Chromium that is installed, by software, and with 1e5; graphics hardware differs. There only
whole training steps are timed, because what was once read of a tensor is kept.`;

const BACKENDS = ['cpu', 'wasm', 'node', 'webgl', 'webgpu'];
const { values } = parseArgs({
  options: {
    backends: { type: 'string' },
    tensors: { type: 'string', default: '10,100,500' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const backends = values.backends?.split(',') ?? BACKENDS;
const tensors = values.tensors.split(',').map(Number);

if (values.help) console.log(HELP);
else if (backends.some((backend) => !BACKENDS.includes(backend)) || tensors.some((count) => !(count >= 2))) {
  console.error(HELP);
  process.exitCode = 2;
} else await compare();

async function compare(): Promise<void> {
  const all: Result[] = [];
  for (const backend of backends) {
    const results: Result[] = [];
    try {
      for (const count of tensors) {
        if (process.stderr.isTTY) console.error(`${backend}, ${count} tensors …`);
        results.push(await measured(backend, count));
      }
      if (!values.json) console.log(`${tableOf(results)}\n`);
    } catch (error) {
      console.error(`${backend} is left out: ${(error as Error).message.split('\n')[0]}`);
      // What was asked for by name must be there.
      if (values.backends !== undefined) process.exitCode = 1;
    }
    all.push(...results);
  }
  if (values.json) console.log(JSON.stringify({ node: process.version, results: all }, null, 2));
}

async function measured(backend: string, count: number): Promise<Result> {
  const inBrowser = backend.startsWith('web');
  const what: Case = {
    backend,
    tensors: count,
    parameters: inBrowser ? 1e5 : 1e6,
    quick: values.quick ?? (inBrowser || backend === 'cpu'),
  };
  if (inBrowser) return measureInBrowser(what);
  if (backend === 'node') await assertAddOn();
  const path = fileURLToPath(new URL('./inNode.js', import.meta.url));
  const patch = new URL('../../../scripts/tfjs-node/util-patch.mjs', import.meta.url).href;
  const flags = backend === 'node' ? ['--import', patch] : [];
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  // What tfjs and TensorFlow say of themselves is not part of the table.
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const output = execFileSync(process.execPath, [...flags, path, JSON.stringify(what)], {
    encoding: 'utf8',
    env,
    stdio: [...stdio],
  });
  return JSON.parse(output.slice(output.indexOf('{"backend"'))) as Result;
}

async function assertAddOn(): Promise<void> {
  const script = new URL('../../../scripts/tfjs-node/state.mjs', import.meta.url).href;
  const { tfjsNodeState } = (await import(script)) as {
    tfjsNodeState(): { readonly usable: boolean; readonly reason?: string; readonly advice?: string };
  };
  const { usable, reason, advice } = tfjsNodeState();
  if (!usable) throw new Error(`${reason} ${advice}`);
}
