import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { rolldown } from 'rolldown';
import type { Case, Result } from './result.ts';

/** The Chromium that is installed, with graphics in software, so that it is the same on every machine. */
interface Chromium {
  readonly chromiumPath: string | undefined;
  readonly chromiumSwitches: readonly string[];
  readonly noChromium: string;
}

const graphics = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** Measures one case in a page. @throws Error where there is no browser, or it lacks the backend */
export async function measureInBrowser(what: Case): Promise<Result> {
  const script = new URL('../../../scripts/chromium.mjs', import.meta.url).href;
  const { chromiumPath, chromiumSwitches, noChromium } = (await import(script)) as Chromium;
  if (chromiumPath === undefined) throw new Error(noChromium);
  const code = await bundle();
  // WebGPU exists on pages of localhost only.
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumSwitches, ...graphics] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('typeof run === "function"');
    return (await page.evaluate(`run(${JSON.stringify(what)})`)) as Result;
  } finally {
    await browser.close();
    server.close();
  }
}

async function bundle(): Promise<string> {
  const input = fileURLToPath(new URL('./inPage.js', import.meta.url));
  const build = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  return output[0].code;
}
