// One case in a process of its own: node inNode.js '{"backend":"wasm",…}' prints its result as JSON.
import '@tensorflow/tfjs-layers'; // registers the gradients of all operations
import { setBackend, ready } from '@tensorflow/tfjs-core';
import { measure } from './measure.ts';
import type { Case } from './result.ts';

const what = JSON.parse(process.argv[2]!) as Case;
// tfjs greets on the console.
console.warn = () => {};
if (what.backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
else if (what.backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
else await import('@tensorflow/tfjs-node');
await setBackend(what.backend === 'node' ? 'tensorflow' : what.backend);
await ready();
const result = await measure(what);
process.stdout.write(JSON.stringify(result));
process.exit(0);
