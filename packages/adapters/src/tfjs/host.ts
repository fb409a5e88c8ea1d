import { engine } from '@tensorflow/tfjs-core';
import type { DataId, Tensor } from '@tensorflow/tfjs-core';
import type { Filled, Rows } from '../buffers/columns.ts';
import { fill } from '../buffers/fill.ts';
import { refuse } from '../buffers/refuse.ts';
import { valuesOf } from './backend.ts';
import type { Gradient } from './gradients.ts';
import type { Layout } from './layout.ts';
import { wasmKernels } from './wasmKernels.ts';

/** Fills the columns by reading every tensor, in float64. @throws GradclipError WEIGHTS_MISSING */
export function measureOnHost(gradients: readonly Gradient[], { rows, gradients: columns, weights }: Layout): void {
  // Two gradients may be one piece of memory: those of a and b in a + b are. It is read once.
  const read = new Map<DataId, Rows>();
  const squares = wasmKernels()?.squares;
  gradients.forEach(({ tensor }, i) => {
    const own = rows[i]!;
    const before = read.get(tensor.dataId);
    if (before?.units === own.units) copyRows(columns, before, own);
    else {
      const { nonFinite } = columns;
      fill(columns, own, valuesOf(tensor), false, squares);
      if (columns.nonFinite === nonFinite) read.set(tensor.dataId, own);
    }
  });
  if (weights) weightsOf(gradients).forEach((tensor, i) => fill(weights, rows[i]!, valuesOf(tensor), true, squares));
}

/** The variables of gradients, which have their names. @throws GradclipError WEIGHTS_MISSING */
export function weightsOf(gradients: readonly Gradient[]): readonly Tensor[] {
  return gradients.map(({ name, tensor }) => {
    const variable = engine().registeredVariables[name];
    if (variable && !variable.isDisposed && variable.size === tensor.size) return variable;
    const advice = 'A policy that needs weightNorm takes gradients under the names of their variables.';
    return refuse('WEIGHTS_MISSING', `has no variable of ${tensor.size} weights`, advice, name);
  });
}

function copyRows({ power, size, maxAbs, scale }: Filled, from: Rows, to: Rows): void {
  for (const column of [power, size, maxAbs, scale]) column?.copyWithin(to.first, from.first, from.first + from.units);
}
