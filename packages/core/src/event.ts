/** The granularity of the keys: one norm for everything, a group, a tensor, or a unit of a tensor. */
export type Scope = 'global' | 'group' | 'tensor' | 'unit';

/** From the coarsest to the finest. */
export const SCOPES: readonly Scope[] = ['global', 'group', 'tensor', 'unit'];

/** What a policy can ask for beside the norm of its key. */
export type Need = 'globalNorm' | 'maxAbs' | 'weightNorm' | 'loss' | 'learningRate';

export const NEEDS: readonly Need[] = ['globalNorm', 'maxAbs', 'weightNorm', 'loss', 'learningRate'];

/** One norm of one key at one step. The object given to a policy is reused: copy what you keep. */
export interface GradientNormEvent {
  /** Counts decisions from 0, skipped steps included. */
  readonly step: number;
  /** What the norm is taken of: `global`, a group's name, a tensor's name, or `name#i` for unit i of a tensor. */
  readonly key: string;
  /** p-norm of the raw gradient, before clipping and after loss un-scaling. Finite and >= 0 when a policy sees it; observers also see bad ones. */
  readonly norm: number;
  /** Elements measured. */
  readonly size: number;
  /** Joint norm over all tensors. This and the rest only where a policy needs it. */
  readonly globalNorm?: number;
  /** Largest magnitude of an element. */
  readonly maxAbs?: number;
  /** Norm of the weights the gradient belongs to, of the same order p. */
  readonly weightNorm?: number;
  readonly loss?: number;
  readonly learningRate?: number;
}

/** What the training loop knows about a step. */
export interface StepContext {
  /** The number of the step; it must be the next one. Without it the clipper counts. */
  readonly step?: number;
  readonly loss?: number;
  readonly learningRate?: number;
}
