import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { chromiumPath, chromiumSwitches, noChromium } from './scripts/chromium.mjs';
import { tfjsNodeState } from './scripts/tfjs-node/state.mjs';

const adapters = 'packages/adapters/';
const tests = 'test/tfjs/**/*.test.ts';

/** The tests of the adapter for TensorFlow.js. Each project below runs all of them, on a backend of its own. */
export const tfjsTests = adapters + tests;

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * One project a backend: tfjs-cpu, tfjs-wasm and tfjs-node in Node, tfjs-webgl and tfjs-webgpu in Chromium, which is
 * slow and not installed everywhere. GRADCLIP_BACKENDS names backends that must run: those of Chromium run if it names
 * them; that of tfjs-node runs where its add-on is usable. What does not run is one skipped test that says why.
 * @throws Error where a backend that must run cannot.
 */
export function backendProjects(): TestProjectInlineConfiguration[] {
  const asked = backendsAskedFor();
  const inChromium = (['webgl', 'webgpu'] as const).filter((backend) => asked.has(backend));
  const notAsked = (['webgl', 'webgpu'] as const).filter((backend) => !asked.has(backend));
  const state = tfjsNodeState();
  if (asked.has('node') && !state.usable) throw mustRun('node', `${state.reason}\n${state.advice}`);
  return [
    inNode('cpu'),
    inNode('wasm'),
    state.usable ? inNode('node') : absent('node', state.reason, state.advice),
    ...(inChromium.length > 0 ? [inBrowser(inChromium)] : []),
    ...notAsked.map((backend) =>
      absent(
        backend,
        `It runs in Chromium, and only if GRADCLIP_BACKENDS names ${backend}.`,
        `GRADCLIP_BACKENDS=${backend} npx vitest run --project tfjs-${backend}`,
      ),
    ),
  ];
}

function backendsAskedFor(): Set<string> {
  const known = ['cpu', 'wasm', 'node', 'webgl', 'webgpu'];
  const asked = (process.env['GRADCLIP_BACKENDS'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`GRADCLIP_BACKENDS names "${unknown}", which is no backend: give some of ${known.join(', ')}.`);
  }
  return new Set(asked);
}

function mustRun(backend: string, why: string): Error {
  return new Error(`GRADCLIP_BACKENDS names ${backend}, which cannot run here. ${why}`);
}

function inNode(backend: 'cpu' | 'wasm' | 'node'): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: `tfjs-${backend}`,
      include: [tfjsTests],
      setupFiles: [file(`${adapters}test/tfjs/setup.ts`)],
      provide: { backend },
      // TensorFlow.js is loaded once, not once a file; setup.ts keeps the files apart.
      isolate: false,
      ...(backend === 'node' && {
        env: { TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '0' },
        execArgv: [
          '--disable-warning=DEP0051',
          '--import',
          new URL('scripts/tfjs-node/util-patch.mjs', import.meta.url).href,
        ],
      }),
    },
  };
}

function inBrowser(backends: readonly ('webgl' | 'webgpu')[]): TestProjectInlineConfiguration {
  if (chromiumPath === undefined)
    throw mustRun(backends.join(', '), `${noChromium}. Install it: apt-get install chromium`);
  return {
    extends: true,
    root: file(adapters),
    optimizeDeps: {
      // All that tests and sources import from node_modules, and nothing else: a find during a run would start it anew.
      noDiscovery: true,
      include: [
        ...['core', 'layers', 'data', 'backend-cpu', 'backend-webgl', 'backend-webgpu'].map(
          (name) => `@tensorflow/tfjs-${name}`,
        ),
        ...['rxjs', 'inversify', 'reflect-metadata'].map((name) => `@gradclip/core > ${name}`),
        'fast-check',
      ],
    },
    test: {
      include: [tests],
      setupFiles: [file(`${adapters}test/tfjs/setup.ts`)],
      // A page a file: in one page for all, the software that stands in for graphics runs out of memory.
      isolate: true,
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath: chromiumPath, args: graphicsInSoftware } }),
        instances: backends.map((backend) => ({ browser: 'chromium', name: `tfjs-${backend}`, provide: { backend } })),
      },
    },
  };
}

/** The same on every machine, with a graphics card and without. */
const graphicsInSoftware = [
  ...chromiumSwitches,
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Software is slow, which the watchdog takes for hanging.
  '--disable-gpu-watchdog',
  // Else a browser whose graphics process was lost a few times starts no other.
  '--disable-gpu-process-crash-limit',
  // Without these, the first synchronous read of WebGPU, which goes through a canvas, ends the process of the graphics.
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

function absent(backend: string, reason: string, advice: string): TestProjectInlineConfiguration {
  return {
    test: {
      name: `tfjs-${backend}`,
      include: [`${adapters}test/tfjs/absent.ts`],
      provide: { absent: { reason, advice } },
    },
  };
}
