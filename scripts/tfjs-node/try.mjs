// node try.mjs PATH: loads an add-on (a .node file) or all of tfjs-node (its folder, then one product is computed) and
// prints what came of it as JSON. Runs in a process of its own, since a library that does not fit can end the process.
import { createRequire } from 'node:module';

const [path] = process.argv.slice(2);
const require = createRequire(import.meta.url);

function tensorflowVersion() {
  if (path.endsWith('.node')) {
    const addon = { exports: {} };
    process.dlopen(addon, path);
    return addon.exports.TF_Version;
  }
  const tf = require(path);
  const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];
  if (product !== 11) throw new Error(`[1, 2] times [3, 4] was ${product}, not 11`);
  return tf.backend().binding.TF_Version;
}

try {
  console.log(JSON.stringify({ tensorflow: tensorflowVersion() }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
