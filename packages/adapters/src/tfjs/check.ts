import { Optimizer } from '@tensorflow/tfjs-core';
import { GradclipError } from '@gradclip/core';
import { kindOf } from '../buffers/refuse.ts';
import { assertLearningRate } from './clipping.ts';

/** @throws GradclipError INVALID_OPTIMIZER, SECOND_TFJS, INVALID_LEARNING_RATE */
export function checkOptimizer(optimizer: Optimizer): void {
  const { minimize, computeGradients, applyGradients } = optimizer ?? {};
  if (![minimize, computeGradients, applyGradients].every((method) => typeof method === 'function'))
    throw new GradclipError('INVALID_OPTIMIZER', `This is no optimizer of tfjs: ${kindOf(optimizer)}.`, {
      advice: 'Pass tf.train.adam(0.001), or another object with minimize, computeGradients and applyGradients.',
    });
  if (isOfAnotherCopy(optimizer))
    throw new GradclipError('SECOND_TFJS', 'The optimizer comes from another copy of @tensorflow/tfjs-core.', {
      advice: 'Keep one: `npm ls @tensorflow/tfjs-core` shows who brings which.',
    });
  assertLearningRate((optimizer as { learningRate?: unknown }).learningRate);
}

/** Each copy of tfjs has a class of optimizers that tells instances by their methods. */
function isOfAnotherCopy(optimizer: Optimizer): boolean {
  for (let proto: unknown = Object.getPrototypeOf(optimizer); proto; proto = Object.getPrototypeOf(proto)) {
    const { constructor } = proto as object;
    if (Object.hasOwn(constructor, Symbol.hasInstance)) return constructor !== Optimizer;
  }
  return false;
}
