// The add-on from the package's own sources, against the libraries and headers of the tensorflow-cpu Python wheel.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { keep } from './cache.mjs';
import { bytesIn, must, phase, Problem, temporaryFolder } from './phase.mjs';
import { tryToLoad } from './state.mjs';
import { findTools } from './tools.mjs';

/** One wheel for whichever Python runs here: only what is not Python is taken from it. */
const wheel = {
  version: '2.21.0',
  python: '3.12',
  bytes: 274_000_871,
  sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
};
const wheelPlatform = 'manylinux_2_27_x86_64';
const nodeHeaders = 'node-api-headers@1.9.0';
// The whole interface of an add-on that uses Node-API alone.
const headers = ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h'];

/** Each library under the names that the linker, the install script and the library itself give it. */
const names = {
  'libtensorflow_cc.so.2': [
    'libtensorflow.so',
    'libtensorflow.so.2',
    'libtensorflow.so.2.9.1',
    'libtensorflow_cc.so.2',
  ],
  'libtensorflow_framework.so.2': [
    'libtensorflow_framework.so',
    'libtensorflow_framework.so.2',
    'libtensorflow_framework.so.2.9.1',
  ],
};

/** The C API in the wheel: all that the add-on includes, about 500 of 13,000 files. */
const unpack = `
import sys, zipfile
wanted = tuple('tensorflow/' + name for name in (
    'libtensorflow', 'include/tensorflow/c/', 'include/tensorflow/core/platform/', 'include/tsl/', 'include/xla/tsl/'))
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;

/** Takes the place of Node's own build settings, which name the compiler that Node was made with. */
const commonGypi = `{ 'target_defaults': {
  'default_configuration': 'Release',
  'configurations': { 'Release': { 'cflags': ['-O2'] } },
  'cflags_cc': ['-std=c++17'],
} }
`;

export const builtName = `tensorflow-${wheel.version}`;

/** Puts the built add-on at `entry`, beside which the libraries get a folder of their own. */
export async function build(found, entry) {
  refuseOtherPlatforms();
  const cache = dirname(entry);
  const tensorflow = join(cache, `tensorflow-cpu-${wheel.version}-${process.platform}-${process.arch}`);
  const tools = findTools({ download: !existsSync(tensorflow) });
  if (!existsSync(tensorflow)) await fetchTensorflow(tools, tensorflow);
  await phase(`compiling the add-on of tfjs-node ${found.version}`, () => compile(tools, found, tensorflow, entry));
  return `built against TensorFlow ${wheel.version} from the tensorflow-cpu wheel`;
}

function refuseOtherPlatforms() {
  const here = `${process.platform}-${process.arch}`;
  if (here !== 'linux-x64') {
    throw new Problem(`Only the official binary serves ${here}: there is no wheel to build against.`);
  }
  process.report.excludeNetwork = true;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  const [major, minor] = glibc?.split('.').map(Number) ?? [0, 0];
  if (major < 2 || (major === 2 && minor < 27)) {
    throw new Problem(
      `TensorFlow ${wheel.version} needs glibc 2.27 or newer; here is ${glibc ?? 'another C library'}.`,
    );
  }
}

async function fetchTensorflow({ python, pip }, place) {
  const work = temporaryFolder(dirname(place));
  const wheels = join(work, 'wheels');
  const requirements = join(work, 'requirements.txt');
  const unfinished = join(work, 'tmp');
  mkdirSync(unfinished);
  writeFileSync(requirements, `tensorflow-cpu==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const size = Math.round(wheel.bytes / 1e6);
  await phase(`downloading tensorflow-cpu ${wheel.version} with pip, ${size} MB`, (progress) => {
    progress.detail = () => `${Math.min(100, Math.round((100 * bytesIn(work)) / wheel.bytes))} %`;
    const target = ['--platform', wheelPlatform, '--python-version', wheel.python, '--implementation', 'cp'];
    const what = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement', requirements];
    const how = ['--dest', wheels, '--no-cache-dir', '--disable-pip-version-check', '--progress-bar', 'off'];
    return must('The download', pip, ['download', ...target, ...what, ...how], {
      env: { ...process.env, TMPDIR: unfinished },
      advice: ['It needs pypi.org, or a mirror of it that PIP_INDEX_URL names.'],
    });
  });
  await phase('unpacking its libraries and C headers', async () => {
    const [file] = readdirSync(wheels);
    await must('Unpacking', python, ['-c', unpack, join(wheels, file), work]);
    keep(join(work, 'tensorflow'), place);
    rmSync(work, { recursive: true, force: true });
  });
}

async function compile(tools, { folder, addon, napi }, tensorflow, entry) {
  const finished = temporaryFolder(dirname(entry));
  linkLibraries(finished, tensorflow);
  // Not in the cache: make cannot cope with a space in a path, which the one of a home folder may have.
  const work = temporaryFolder(tmpdir());
  symlinkSync(join(finished, 'deps'), join(work, 'deps'));
  for (const name of ['binding.gyp', 'binding']) cpSync(join(folder, name), join(work, name), { recursive: true });
  const made = relative(folder, addon);
  const settings = {
    module_name: basename(made, '.node'),
    module_path: join(work, dirname(made)),
    napi_version: napi,
    napi_build_version: napi,
    nodedir: await nodeFolder(tools, join(work, 'node')),
    python: tools.python[0],
  };
  // npm hands its configuration down in the environment, which node-gyp would prefer to its arguments.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?:config|package)_/i.test(name)),
  );
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const advice = [`If ${tensorflow} may be damaged, delete it; it is downloaded again.`];
  await must('Compiling', tools.nodeGyp, ['rebuild', ...flags], { cwd: work, env, advice });

  cpSync(join(work, 'lib'), join(finished, 'lib'), { recursive: true });
  const { error } = tryToLoad(join(finished, made));
  if (error) throw new Problem([`The add-on was compiled and does not load: ${error}`, ...advice].join('\n  '));
  keep(finished, entry);
}

/** Relative links, which stay right when the cache is moved, and when a folder of it is renamed. */
function linkLibraries(folder, tensorflow) {
  const deps = join(folder, 'deps');
  const lib = join(deps, 'lib');
  mkdirSync(lib, { recursive: true });
  symlinkSync(relative(deps, join(tensorflow, 'include')), join(deps, 'include'));
  for (const [library, aliases] of Object.entries(names)) {
    for (const alias of aliases) symlinkSync(relative(lib, join(tensorflow, library)), join(lib, alias));
  }
}

/**
 * What node-gyp expects of a Node installation, with as much in it as an add-on needs that uses Node-API alone: four
 * headers, from beside this Node or else from npm.
 */
async function nodeFolder({ npm }, place) {
  const include = join(place, 'include/node');
  mkdirSync(include, { recursive: true });
  let source = join(process.execPath, '../../include/node');
  if (!headers.every((name) => existsSync(join(source, name)))) {
    const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    await must("Fetching Node's headers", npm, ['install', '--prefix', place, ...quiet, nodeHeaders]);
    source = join(place, 'node_modules/node-api-headers/include');
  }
  for (const name of headers) cpSync(join(source, name), join(include, name), { dereference: true });
  writeFileSync(join(include, 'common.gypi'), commonGypi);
  writeFileSync(join(include, 'config.gypi'), "{ 'variables': {} }\n");
  return place;
}
