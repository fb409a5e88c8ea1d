import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createClipper } from '@gradclip/core';
import type { GradclipError } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { attachClipper, clipOptimizer } from '@gradclip/adapters/tfjs';
import type { TfjsOptions } from '@gradclip/adapters/tfjs';
import { refused } from './support/refusals.ts';

const sgd = (): tf.Optimizer => tf.train.sgd(0.1);
const clips = { clipOptimizer, attachClipper } as const;

describe.each(['clipOptimizer', 'attachClipper'] as const)('%s refuses', (name) => {
  const clip = (optimizer: unknown, by: unknown = 1, options?: unknown): GradclipError =>
    refused(() => clips[name](optimizer as tf.Optimizer, by as number, options as TfjsOptions));

  it.each([
    ['adam({ learningRate })', () => tf.train.adam({ learningRate: 0.1, clipValue: 1 } as unknown as number)],
    ['sgd({ learningRate })', () => tf.train.sgd({ learningRate: 0.1, clipValue: 1 } as unknown as number)],
  ] as const)('%s, and says how it is written', (_, make) => {
    const { code, message } = clip(make());
    expect(code).toBe('INVALID_LEARNING_RATE');
    expect(message).toContain('an object with learningRate, clipValue');
    expect(message).toContain('tf.train.adam(0.001)');
  });

  it.each([NaN, Infinity, '0.1', null])('a learning rate of %s', (rate) => {
    expect(clip(tf.train.adam(rate as number)).code).toBe('INVALID_LEARNING_RATE');
  });

  const noOptimizers: Readonly<Record<string, unknown>> = {
    undefined: undefined,
    null: null,
    'a name': 'adam',
    'an empty object': {},
    'half an optimizer': { minimize: () => null, computeGradients: () => null },
    'a function that makes one': sgd,
    'a model': { optimizer: sgd() },
  };

  it.each(Object.keys(noOptimizers))('%s in place of an optimizer', (which) => {
    const { code, advice } = clip(noOptimizers[which]);
    expect(code).toBe('INVALID_OPTIMIZER');
    expect(advice).toContain('tf.train.adam(0.001)');
  });

  it('an optimizer of a second copy of tfjs', () => {
    class OtherOptimizer {
      minimize(): void {}
      computeGradients(): void {}
      applyGradients(): void {}
    }
    Object.defineProperty(OtherOptimizer, Symbol.hasInstance, { value: () => true });
    class OtherSgd extends OtherOptimizer {}
    const { code, advice } = clip(new OtherSgd());
    expect(code).toBe('SECOND_TFJS');
    expect(advice).toContain('npm ls @tensorflow/tfjs-core');
  });

  const noPolicies: Readonly<Record<string, readonly [by: unknown, code: string]>> = {
    undefined: [undefined, 'INVALID_POLICY'],
    null: [null, 'INVALID_POLICY'],
    'a name': ['percentile', 'INVALID_POLICY'],
    'a factory': [percentile, 'INVALID_POLICY'],
    'the options of one': [{ p: 10 }, 'INVALID_POLICY'],
    'a threshold of 0': [0, 'INVALID_OPTION'],
    'a threshold of NaN': [NaN, 'INVALID_OPTION'],
    'a negative threshold': [-1, 'INVALID_OPTION'],
    'no groups': [[], 'INVALID_GROUP'],
  };

  it.each(Object.keys(noPolicies))('%s in place of a policy', (which) => {
    const [by, code] = noPolicies[which]!;
    expect(refused(() => clips[name](sgd(), by as number)).code).toBe(code);
  });

  it.each([
    [{ clock: 'soon' }, 'clock', 'auto, exact, late'],
    [{ clock: true }, 'clock', 'auto, exact, late'],
    [{ lateAfter: -1 }, 'lateAfter', 'an integer >= 0'],
    [{ lateAfter: 0.5 }, 'lateAfter', 'an integer >= 0'],
    [{ maxLag: NaN }, 'maxLag', 'an integer >= 0'],
    [{ maxLag: '3' }, 'maxLag', 'an integer >= 0'],
    [{ norm: 0 }, 'norm', 'a number > 0'],
    [{ observed: true }, 'observed', 'observe'],
    [{ clok: 'late' }, 'clok', 'clock'],
    ['late', 'options', 'an object'],
    [5, 'options', 'an object'],
    [null, 'options', 'an object'],
  ])('the options %j', (options, option, rule) => {
    const { code, message } = clip(sgd(), 1, options);
    expect(code).toBe('INVALID_OPTION');
    expect(message).toContain(option);
    expect(message).toContain(rule);
  });

  it('options of a clipper that is made already', () => {
    const clipper = createClipper(1);
    const { code, message } = clip(sgd(), clipper, { observe: true });
    expect(code).toBe('INVALID_OPTION');
    expect(message).toMatch(/observe.*clock, lateAfter, maxLag/);
    // It has not been taken, and neither has the optimizer.
    const optimizer = sgd();
    clip(optimizer, clipper, { maxLag: -1 });
    clips[name](optimizer, clipper, { maxLag: 1 });
  });
});
