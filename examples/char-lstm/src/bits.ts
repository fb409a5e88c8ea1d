import type { Scalar } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Sequences } from './sequences.ts';

/** Bits a compiled model needs for each letter: its cross entropy, in base 2. The perplexity is 2 to the power of it. */
export function bitsPerLetter(model: LayersModel, { inputs, targets }: Sequences): number {
  const loss = model.evaluate(inputs, targets, { batchSize: 64 }) as Scalar;
  const [nats] = loss.dataSync();
  loss.dispose();
  return nats! / Math.LN2;
}
