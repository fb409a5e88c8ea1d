import { losses } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Sequential } from '@tensorflow/tfjs-layers';
import { sequenceLength, units } from './setting.ts';
import { alphabet } from './text.ts';

/** An LSTM that tells at each letter which one comes next, as logits. The seed draws its weights. */
export function createModel(seed: number): Sequential {
  // Not the orthogonal start that recurrent weights usually have: it needs methods of tensors that tfjs-core alone lacks.
  const draw = (place: number) => initializers.glorotUniform({ seed: seed * 4 + place });
  return sequential({
    layers: [
      layers.lstm({
        units,
        inputShape: [sequenceLength, alphabet.length],
        returnSequences: true,
        recurrentActivation: 'sigmoid',
        kernelInitializer: draw(0),
        recurrentInitializer: draw(1),
      }),
      layers.dense({ units: alphabet.length, kernelInitializer: draw(2) }),
    ],
  });
}

/** Mean over all letters, in nats. Of logits: 'categoricalCrossentropy' cuts off probabilities below 1e-7, and so their gradients. */
export function crossEntropy(targets: Tensor, logits: Tensor): Tensor {
  return losses.softmaxCrossEntropy(targets, logits);
}
