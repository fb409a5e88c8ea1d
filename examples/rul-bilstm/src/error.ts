import { tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { Model } from './model.ts';
import { cap, shape, window } from './setting.ts';
import { collect } from './windows.ts';
import type { WindowSet } from './windows.ts';

/** Root mean squared error, in cycles; `every` 4 looks at each fourth window only. */
export function errorOf({ predict }: Model, set: WindowSet, every: number = 1): number {
  const indices = Array.from({ length: Math.floor(set.remaining.length / every) }, (_, i) => i * every);
  const { size, inputs, remaining } = collect(set, indices);
  const told = tidy(() => predict(tensor3d(inputs, [window, size, shape.inputs])).dataSync() as Float32Array);
  const squares = told.reduce((sum, value, i) => sum + (value - remaining[i]!) ** 2, 0);
  return cap * Math.sqrt(squares / size);
}
