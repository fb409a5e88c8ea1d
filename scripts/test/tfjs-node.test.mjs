import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tfjsNodeState } from '../tfjs-node/state.mjs';

const script = fileURLToPath(new URL('../tfjs-node.mjs', import.meta.url));
const addon = 'lib/napi-v8/tfjs_binding.node';
let from;

beforeEach(() => {
  from = mkdtempSync(join(tmpdir(), 'gradclip-state-'));
});
afterEach(() => {
  rmSync(from, { recursive: true });
});

/** A package that looks like tfjs-node: loading it loads its add-on, or, with `product`, computes that. */
function install({ product } = {}) {
  const binary = {
    module_name: 'tfjs_binding',
    module_path: './lib/napi-v{napi_build_version}',
    napi_versions: [3, 8, 999],
  };
  write('package.json', JSON.stringify({ version: '4.22.0', main: 'index.js', binary }));
  const backend = `{ binding: { TF_Version: '9.8.7' } }`;
  const works = `module.exports = { matMul: () => ({ dataSync: () => [${product}] }), backend: () => (${backend}) };`;
  write('index.js', product === undefined ? `require('./${addon}');` : works);
}

function write(path, content) {
  const place = join(from, 'node_modules/@tensorflow/tfjs-node', path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
  return place;
}

describe('tfjsNodeState', () => {
  it('says that the package is not installed', () => {
    expect(tfjsNodeState({ from })).toMatchObject({
      usable: false,
      kind: 'not-installed',
      reason: expect.stringContaining(from),
      advice: expect.stringContaining('npm run build'),
    });
  });

  it('says that the add-on is not there', () => {
    install();
    expect(tfjsNodeState({ from })).toMatchObject({
      usable: false,
      kind: 'no-addon',
      reason: `@tensorflow/tfjs-node 4.22.0 is installed without its native add-on, ${join(addon)}.`,
      advice: expect.stringContaining('npm run tfjs-node'),
    });
  });

  it('takes a link into a cache that is gone for no add-on', () => {
    install();
    const place = write('lib/napi-v8/other', '');
    symlinkSync(join(from, 'gone'), join(place, '../tfjs_binding.node'));
    expect(tfjsNodeState({ from })).toMatchObject({ usable: false, kind: 'no-addon' });
  });

  it('quotes what the loader says of an add-on that it cannot load', () => {
    install();
    const place = write(addon, 'not a library');
    const { usable, kind, reason } = tfjsNodeState({ from });
    expect({ usable, kind }).toEqual({ usable: false, kind: 'cannot-load' });
    expect(reason).toMatch(/^The native add-on of @tensorflow\/tfjs-node 4\.22\.0 does not load in Node \d/);
    expect(reason).toContain(place);
  });

  it('says that a process ended while it loaded the add-on', () => {
    install();
    write(addon, '');
    write('index.js', 'process.abort();');
    expect(tfjsNodeState({ from }).reason).toMatch(/ended the process with (?:SIGABRT|status \d+)$/);
  });

  it('does not accept an add-on that computes something wrong', () => {
    install({ product: 12 });
    write(addon, '');
    expect(tfjsNodeState({ from })).toMatchObject({ kind: 'cannot-load', reason: expect.stringContaining('was 12') });
  });

  it('says what is usable', () => {
    install({ product: 11 });
    write(addon, '');
    expect(tfjsNodeState({ from })).toMatchObject({ usable: true, version: '4.22.0', tensorflow: '9.8.7' });
  });
});

describe('the command', () => {
  it('refuses an option that does not exist', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--chekc'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: "tfjs-node: Unknown option '--chekc'. `npm run tfjs-node -- --help` lists the options.\n",
    });
  });
});
