import {
  clipByValue,
  isFinite,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  scalar,
  tensor as create,
  tensor1d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { StepDecision } from '@gradclip/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, isChange, towardsZero } from '../buffers/apply.ts';
import type { Rows } from '../buffers/columns.ts';
import { isPlainMemory, valuesOf } from './backend.ts';
import type { Gradient } from './gradients.ts';
import type { Layout } from './layout.ts';
import { wasmKernels } from './wasmKernels.ts';

/**
 * What a decision makes of the gradients: new tensors, the caller's to dispose, and the very same ones where nothing
 * changes. Nothing is left behind when it throws.
 */
export function applied(gradients: readonly Gradient[], { rows }: Layout, decision: StepDecision): readonly Tensor[] {
  if (!isChange(decision)) return gradients.map(({ tensor }) => tensor);
  return tidy(() => {
    if (isPlainMemory()) return gradients.map(({ tensor }, i) => onHost(tensor, rows[i]!, decision));
    const joint = decision.action === 'scale' ? decision.factor : undefined;
    if (joint === undefined) return gradients.map(({ tensor }, i) => onDevice(tensor, rows[i]!.name, decision));
    const kernels = wasmKernels();
    if (kernels) return gradients.map(({ tensor }) => kernels.scale(tensor, below(joint)));
    const factor = scalar(below(joint));
    return gradients.map(({ tensor }) => mul(tensor, factor));
  });
}

/** On memory that is at hand, loops are twenty times faster than operations. */
function onHost(gradient: Tensor, { name, inner }: Rows, decision: StepDecision): Tensor {
  if (isIdentity(name, decision)) return gradient;
  const buffer = valuesOf(gradient).slice();
  apply([{ name, buffer, inner }], decision);
  return create(buffer, gradient.shape, gradient.dtype);
}

/** The gradient itself where nothing changes. */
function onDevice(gradient: Tensor, name: string, decision: StepDecision): Tensor {
  const whole = decision.action === 'zero' ? where(isFinite(gradient), gradient, 0) : gradient;
  return clamped(scaled(whole, decision.factors(name)), decision.clamps(name));
}

function isIdentity(name: string, decision: StepDecision): boolean {
  const { action } = decision;
  if (action === 'zero') return false;
  return (
    decision.factors(name).every((factor) => factor === 1) && decision.clamps(name).every((clamp) => clamp === Infinity)
  );
}

/** One factor, or one for each unit along the last axis. */
function scaled(gradient: Tensor, factors: Float64Array): Tensor {
  if (factors.every((factor) => factor === 1)) return gradient;
  return mul(gradient, perUnit(factors));
}

/** One limit, or one for each unit; `shape` is that of the limits next to the gradient. */
export function clamped(gradient: Tensor, clamps: Float64Array, shape?: number[]): Tensor {
  if (clamps.every((clamp) => clamp === Infinity)) return gradient;
  const limit = perUnit(clamps);
  if (typeof limit === 'number') return clipByValue(gradient, -limit, limit);
  const own = shape ? reshape(limit, shape) : limit;
  return maximum(minimum(gradient, own), neg(own));
}

function perUnit(values: Float64Array): number | Tensor {
  const near = Float32Array.from(values, below);
  return near.length === 1 ? near[0]! : tensor1d(near);
}

/** Disposes the tensors that were made in place of gradients. */
export function disposeNew(tensors: readonly Tensor[], gradients: readonly Gradient[]): void {
  tensors.forEach((tensor, i) => {
    if (tensor !== gradients[i]!.tensor) tensor.dispose();
  });
}

const cell = new Float32Array(1);

/** The float32 next to x > 0 on the side of zero, so that rounding never lets more through. */
export function below(x: number): number {
  return towardsZero(cell, x);
}
