// What the long steps share: a line that says what is going on, child processes, temporary folders, and an orderly end.
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A failure that needs no stack: what happened and, in further lines, what to do. */
export class Problem extends Error {}

const interactive = process.stdout.isTTY && process.env.TERM !== 'dumb';
const prefix = `gradclip-tfjs-node-${process.getuid?.() ?? 'user'}-`;
const tooOld = 6 * 3_600_000;
const children = new Set();
const temporary = new Set();
let drawing;

/**
 * Says `what` while `action` runs and how long it took. In a terminal the line moves and shows `progress.detail()`;
 * elsewhere it is written once. `progress.outcome` replaces the time at its end.
 */
export async function phase(what, action) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  const progress = { detail: undefined, outcome: undefined };
  const line = `tfjs-node: ${what} …`;
  if (interactive) {
    const draw = () => [line, progress.detail?.(), seconds()].filter(Boolean).join(' ');
    drawing = setInterval(() => process.stdout.write(`\r\u001B[K${draw()}`), 200);
  } else process.stdout.write(line);
  try {
    return await action(progress);
  } catch (error) {
    progress.outcome = 'failed';
    throw error;
  } finally {
    clearInterval(drawing);
    process.stdout.write(`${interactive ? `\r\u001B[K${line}` : ''} ${progress.outcome ?? seconds()}\n`);
  }
}

/** Runs a program, without a shell, until it or `signal` ends it: { status, output }. */
export function run(command, args, { cwd, env, signal } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    children.add(child);
    signal?.addEventListener('abort', () => end(child));
    let output = '';
    const keep = (text) => (output = `${output}${text}`.slice(-20_000));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const finish = (status) => {
      children.delete(child);
      resolve({ status, output: output.trim() });
    };
    child.on('error', (error) => {
      output += error.message;
      finish(1);
    });
    child.on('close', (status) => finish(status ?? 1));
  });
}

/** Like `run`; a failure is a problem, with the end of what the program printed and `advice`. */
export async function must(what, [command, ...first], args, { advice, ...options } = {}) {
  const { status, output } = await run(command, [...first, ...args], options);
  if (status === 0) return;
  // node-gyp surrounds what the compiler says with what it is itself.
  const lines = output.split('\n').filter((line) => line && !line.startsWith('gyp '));
  throw new Problem([`${what} failed with status ${status}.`, ...lines.slice(-12), ...(advice ?? [])].join('\n  '));
}

/** What the files in a folder add up to. Some may come and go meanwhile. */
export function bytesIn(folder) {
  try {
    const sizes = readdirSync(folder, { recursive: true }).map((name) => lstatSync(join(folder, name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}

/** A new empty folder in `parent`, removed when this process ends unless it has been moved away by then. */
export function temporaryFolder(parent) {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent).filter((other) => other.startsWith(prefix))) {
    const { mtimeMs } = lstatSync(join(parent, name), { throwIfNoEntry: false }) ?? {};
    // Left by a process that was killed: no run takes that long.
    if (Date.now() - mtimeMs > tooOld) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, prefix));
  temporary.add(folder);
  return folder;
}

/** A child leads a group of its own, so that what it has started ends as well. */
function end(child) {
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

process.on('exit', () => {
  for (const child of children) end(child);
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 })) {
  process.once(signal, () => {
    clearInterval(drawing);
    console.log('\ntfjs-node: stopped; nothing unfinished is left behind.');
    process.exit(128 + number);
  });
}
