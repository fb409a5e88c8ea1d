// Somebody else's optimizer: a clipper for a model that a library has compiled.
//
// When: a library such as ml5 makes its optimizer by itself, `tf.train.adam` somewhere inside, and takes none from you, but
// lets you have the model.
//
// Without: you would copy the library's training code for one line, or compile its model anew and lose the moments of its
// optimizer. attachClipper works in place: the library goes on with the object it made, and gets it back as it was.
import { attachClipper } from '@gradclip/adapters/tfjs';
import type { ClipStats } from '@gradclip/core';
import { auto } from '@gradclip/policies';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * @param model as the library hands it out, compiled
 * @param train the library's own call: `() => library.train({ epochs: 10 })`
 */
export async function ownOptimizer(model: LayersModel, train: () => Promise<unknown>): Promise<ClipStats> {
  const detach = attachClipper(model.optimizer, auto());
  detach.clipper.alerts$.subscribe(({ message, advice }) => console.warn(message, advice));
  try {
    await train();
    await detach.clipper.settled(); // on webgl and webgpu, norms may still be on their way
    const stats = detach.clipper.stats();
    // A library that compiles in train has made another optimizer: attach in a callback, after it has.
    if (stats.steps === 0) throw new Error('The clipper saw no gradient: the model was compiled anew.');
    return stats;
  } finally {
    detach(); // also when training fails: the clipper must not stay behind in an object of the library
  }
}
