// Save and resume: a model that is saved in the middle of its training, and trained on.
//
// When: training outlives the process or the tab: checkpoints, a crash, a model that goes on learning on the user's device.
//
// Without: the optimizer comes back with its moments and the policy with nothing. A percentile lets the first steps pass
// and sets its next thresholds from a handful of norms; whoever comes back with a spike in that moment loses the weights.
import { clipOptimizer, registerClipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer } from '@gradclip/adapters/tfjs';
import type { StepDecision } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { percentile, policiesPlugin } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * @param place 'indexeddb://my-model' in a browser, 'file:///models/my-model' to save in tfjs-node (to load, the path goes on:
 * '/model.json'), or a handler of your own
 */
export async function saveAndResume(
  model: tfl.LayersModel,
  place: string | tf.io.IOHandler,
  x: tf.Tensor,
  y: tf.Tensor,
): Promise<{ uninterrupted: StepDecision[]; resumed: StepDecision[] }> {
  // With rmsprop, momentum or sgd the training goes on to the last bit. Adam of tfjs recomputes two of its numbers when it is
  // loaded, so that weights may differ in the last digit; the clipper's state is exact with all of them.
  const optimizer = clipOptimizer(tf.train.rmsprop(0.01), percentile({ p: 10 }));
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await trainOn(model, x, y);
  // Without includeOptimizer, neither moments nor clipper are saved.
  await model.save(place, { includeOptimizer: true });

  // Another day, another process. First, once: the policies that saved models may name. Then nothing has to be compiled:
  // the model comes back with its optimizer, that with its clipper, and the clipper with its history.
  registerClipOptimizer(createRegistry([policiesPlugin]));
  const loaded = await tfl.loadLayersModel(place);
  return { uninterrupted: await trainOn(model, x, y), resumed: await trainOn(loaded, x, y) };
}

/** Returns what the clipper decided. */
async function trainOn(model: tfl.LayersModel, x: tf.Tensor, y: tf.Tensor): Promise<StepDecision[]> {
  const decisions: StepDecision[] = [];
  const { clipper } = model.optimizer as ClippedOptimizer;
  const subscription = clipper.decisions$.subscribe((decision) => decisions.push(decision));
  // Only in the same order do two runs see the same batches.
  await model.fit(x, y, { epochs: 5, batchSize: 8, shuffle: false, verbose: 0 });
  await clipper.settled(); // on webgl and webgpu, decisions may still be on their way
  subscription.unsubscribe();
  return decisions;
}
