// The same in a page: it is bundled, and called from inBrowser.ts.
import '@tensorflow/tfjs-layers'; // registers the gradients of all operations
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import { measure } from './measure.ts';
import type { Case, Result } from './result.ts';

Object.assign(globalThis, {
  async run(what: Case): Promise<Result> {
    await setBackend(what.backend);
    await ready();
    if (getBackend() !== what.backend) throw new Error(`${what.backend} cannot be had in this browser.`);
    return measure(what);
  },
});
