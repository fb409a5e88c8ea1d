import { Optimizer } from '@tensorflow/tfjs-core';
import { GradclipError } from '@gradclip/core';
import { kindOf } from '../buffers/refuse.ts';

/** @throws GradclipError INVALID_OPTIMIZER, SECOND_TFJS, INVALID_LEARNING_RATE */
export function checkOptimizer(optimizer: Optimizer): void {
  const { minimize, computeGradients, applyGradients } = optimizer ?? {};
  if (![minimize, computeGradients, applyGradients].every((method) => typeof method === 'function'))
    throw new GradclipError('INVALID_OPTIMIZER', `This is no optimizer of tfjs: ${kindOf(optimizer)}.`, {
      advice:
        'Pass tf.train.adam(0.001), model.optimizer once the model is compiled, or another object with minimize, computeGradients and applyGradients.',
    });
  if (isOfAnotherCopy(optimizer))
    throw new GradclipError('SECOND_TFJS', 'The optimizer comes from another copy of @tensorflow/tfjs-core.', {
      advice: 'Keep one: `npm ls @tensorflow/tfjs-core` shows who brings which.',
    });
  assertLearningRate(optimizer);
}

/** Each copy of tfjs has a class of optimizers that tells instances by their methods. */
function isOfAnotherCopy(optimizer: Optimizer): boolean {
  for (let proto: unknown = Object.getPrototypeOf(optimizer); proto; proto = Object.getPrototypeOf(proto)) {
    const { constructor } = proto as object;
    if (typeof constructor === 'function' && Object.hasOwn(constructor, Symbol.hasInstance))
      return constructor !== Optimizer;
  }
  return false;
}

/** An optimizer without one may be somebody's own. @throws GradclipError INVALID_LEARNING_RATE */
export function assertLearningRate(optimizer: object): void {
  if (!('learningRate' in optimizer)) return;
  const { learningRate } = optimizer;
  if (typeof learningRate === 'number' && Number.isFinite(learningRate)) return;
  const isObject = typeof learningRate === 'object' && learningRate !== null;
  const text = typeof learningRate === 'string' ? `'${learningRate}'` : String(learningRate);
  const got = isObject ? `an object with ${Object.keys(learningRate).join(', ')}` : text;
  throw new GradclipError('INVALID_LEARNING_RATE', `The learning rate must be a finite number, got ${got}.`, {
    where: { learningRate: got },
    advice: 'Pass it by position: tf.train.adam(0.001), not tf.train.adam({ learningRate: 0.001 }).',
  });
}
