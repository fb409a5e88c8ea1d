// Bundles the built packages as a user's bundler would: measures what small programs cost, and runs one in a browser.
// --require-browser: a missing Chromium is an error, not a remark.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { chromiumPath, chromiumSwitches, noChromium } from './chromium.mjs';

/**
 * Programs, the most bytes they may have, and the modules they may not contain. `sent` is what a page loads: minified and
 * gzipped, without rxjs, which is a peer and often there already. `minified` keeps the code itself from growing.
 */
const budgets = [
  {
    name: 'clipBuffers with a number',
    code: `import { clipBuffers } from '@gradclip/adapters/buffers'; export const clip = (gradients) => clipBuffers(gradients, 1);`,
    sent: 6_000,
    minified: 10_150,
    without: ['rxjs', 'inversify', 'reflect-metadata', '@tensorflow'],
  },
  {
    name: 'createClipper, percentile, clipBuffers',
    code: `export { createClipper } from '@gradclip/core'; export { percentile } from '@gradclip/policies';
      export { clipBuffers } from '@gradclip/adapters/buffers';`,
    sent: 20_000,
    minified: 54_000,
    without: ['inversify', 'reflect-metadata', '@tensorflow'],
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'gradclip-bundles-'));
const problems = [];

try {
  mkdirSync(join(work, 'node_modules/@gradclip'), { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(work, 'node_modules/@gradclip', name), 'junction');
  }
  for (const budget of budgets) await measure(budget);
  await checkBrowser();
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) console.log(`  ${problem}`);
console.log(problems.length === 0 ? 'The bundles are as small as promised and run.' : `${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function bundle(entry, { format = 'esm', external = [] } = {}) {
  const build = await rolldown({ input: entry, cwd: work, platform: 'browser', external, onLog });
  const { output } = await build.generate({ format, name: 'consumer', minify: true, codeSplitting: false });
  await build.close();
  const [chunk] = output;
  const modules = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0);
  const code = chunk.code.replace(/\n\/\/# sourceMappingURL.*$/, '');
  return {
    code,
    bytes: Buffer.byteLength(code),
    modules,
    imports: [...chunk.imports, ...chunk.dynamicImports],
  };
}

/** Every warning of the bundler is a problem: an import it cannot resolve, a cycle, an eval. */
function onLog(level, { message }) {
  const [text] = stripVTControlCharacters(message).split('\n');
  if (level === 'warn') problems.push(`the bundler: ${text}`);
}

async function measure({ name, code, sent, minified, without }) {
  const entry = join(work, 'entry.js');
  writeFileSync(entry, code);
  const whole = await bundle(entry);
  const own = await bundle(entry, { external: ['rxjs'] });
  const gzipped = gzipSync(own.code).length;
  console.log(`${name}: ${own.bytes} bytes minified (at most ${minified}), ${gzipped} gzipped (at most ${sent})`);
  if (whole.bytes > own.bytes)
    console.log(`  with rxjs: ${whole.bytes} minified, ${gzipSync(whole.code).length} gzipped`);
  if (gzipped > sent || own.bytes > minified) problems.push(`${name}: too large${largest(own.modules)}`);
  for (const unwanted of without) {
    const found = whole.modules.find(([id]) => id.includes(`/node_modules/${unwanted}`));
    if (found) problems.push(`${name}: contains ${found[0]}`);
  }
  if (whole.imports.length > 0) problems.push(`${name}: imports ${whole.imports.join(', ')}`);
}

function largest(modules) {
  const bySize = modules.toSorted(([, a], [, b]) => b.renderedLength - a.renderedLength).slice(0, 12);
  const lines = bySize.map(
    ([id, { renderedLength }]) => `${renderedLength} ${id.replace(/^.*\/(?=packages\/|node_modules\/)/, '')}`,
  );
  return ['; the largest modules, before minification:', ...lines].join('\n    ');
}

/** Every entry point in one bundle: nothing of Node in it, and it runs with the globals of a browser alone. */
async function checkBrowser() {
  copyFileSync(join(root, 'scripts/consumer.ts'), join(work, 'consumer.ts'));
  const { code, bytes, imports } = await bundle(join(work, 'consumer.ts'), { format: 'iife' });
  console.log(`all entry points: ${bytes} bytes`);
  if (imports.length > 0) problems.push(`the browser bundle imports ${imports.join(', ')}`);
  const nodeOnly = code.match(/(?<![\w$.])(?:Buffer|process|require|__dirname)\s*[.([]|["'`]node:\w+/);
  if (nodeOnly) problems.push(`the browser bundle contains ${code.slice(nodeOnly.index - 60, nodeOnly.index + 60)}`);

  const names = [
    'console',
    'performance',
    'queueMicrotask',
    'structuredClone',
    'AbortController',
    'TextEncoder',
    'TextDecoder',
  ];
  names.push('setTimeout', 'clearTimeout', 'setInterval', 'clearInterval');
  const context = createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])));
  runInContext('globalThis.window = globalThis.self = globalThis', context);
  const outcome = await attempt('with browser globals alone', () => runInContext(`${code}; consumer.check()`, context));

  if (chromiumPath) {
    const inBrowser = await attempt('in Chromium', () => runInChromium(chromiumPath, code));
    if (inBrowser !== outcome) problems.push(`Chromium computed ${inBrowser}, Node ${outcome}`);
  } else {
    const missing = `${noChromium}: the bundle was not run in a real one.`;
    if (process.argv.includes('--require-browser')) problems.push(missing);
    else console.log(missing);
  }
}

async function attempt(where, action) {
  try {
    const outcome = await action();
    console.log(`ran ${where}: ${outcome}`);
    return outcome;
  } catch (error) {
    problems.push(`${where}: ${error}`);
    return undefined;
  }
}

async function runInChromium(executablePath, code) {
  const { chromium } = await import('playwright-core');
  const server = createServer((request, response) => {
    const script = request.url === '/bundle.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(
      script
        ? code
        : '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="/bundle.js"></script>',
    );
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [...chromiumSwitches, '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(`in Chromium: ${error}`));
    page.on('console', (message) => problems.push(`in Chromium, on the console: ${message.text()}`));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate('consumer.check()');
  } finally {
    await browser.close();
    server.close();
  }
}
