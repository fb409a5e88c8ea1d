import type { Random } from '@gradclip/example-compare/worker';
import { add, concat, matMul, mul, reverse, sigmoid, split, stack, tanh, unstack, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import { createVariable, uniform } from './variables.ts';

/** Reads sequences [steps, batch, inputs] forwards and backwards: [steps, batch, 2 * units]. */
export interface BidirectionalLstm {
  readonly variables: readonly Variable[];
  read(sequence: Tensor3D): Tensor3D;
}

/**
 * Both directions are one computation, as two slices of every tensor: half as many operations, and small ones cost by the
 * operation. Rows of the kernels are inputs, then units; columns are the gates: enter, keep, leave, and the candidate.
 */
export function createBidirectionalLstm(
  name: string,
  inputs: number,
  units: number,
  random: Random,
): BidirectionalLstm {
  const rows = inputs + units;
  const kernel = createVariable(`${name}/kernel`, [2, rows, 4 * units], uniform(random, Math.sqrt(3 / rows)));
  // Cells keep what they have to begin with, so that gradients reach back.
  const isKeep = (i: number): boolean => Math.floor((i % (4 * units)) / units) === 1;
  const bias = createVariable(`${name}/bias`, [2, 1, 4 * units], (i) => (isKeep(i) ? 1 : 0));

  function read(sequence: Tensor3D): Tensor3D {
    let hidden: Tensor = zeros([2, sequence.shape[1], units]);
    let cell = hidden;
    const outputs = unstack(stack([sequence, reverse(sequence, 0)], 1)).map((input) => {
      const sums = add(matMul(concat([input, hidden], 2), kernel), bias);
      const [gates, candidate] = split(sums, [3 * units, units], 2);
      const [enter, keep, leave] = split(sigmoid(gates!), 3, 2);
      cell = add(mul(keep!, cell), mul(enter!, tanh(candidate!)));
      hidden = mul(leave!, tanh(cell));
      return hidden;
    });
    const [forwards, backwards] = unstack(stack(outputs, 1)) as [Tensor3D, Tensor3D];
    return concat([forwards, reverse(backwards, 0)], 2);
  }

  return { variables: [kernel, bias], read };
}
