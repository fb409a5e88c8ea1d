import { train } from '@tensorflow/tfjs-core';
import type { Optimizer } from '@tensorflow/tfjs-core';

export type OptimizerName = 'sgd' | 'adam';

/** An optimizer whose learning rate can be changed. */
export interface RatedOptimizer {
  readonly optimizer: Optimizer;
  /** @param rate finite, > 0 */
  setRate(rate: number): void;
}

/** Both kinds change their rate in a way of their own. */
export function createOptimizer(name: OptimizerName, rate: number): RatedOptimizer {
  if (name === 'sgd') {
    const optimizer = train.sgd(rate);
    return { optimizer, setRate: (next) => optimizer.setLearningRate(next) };
  }
  const optimizer = train.adam(rate);
  // Read at each step, but protected in the types.
  const rated = optimizer as unknown as { learningRate: number };
  return { optimizer, setRate: (next) => (rated.learningRate = next) };
}
