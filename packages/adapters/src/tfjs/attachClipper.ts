import { Optimizer } from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import type { ClipGroup, Clipper, PolicyLike } from '@gradclip/core';
import { checkOptimizer } from './check.ts';
import { clippedAlready, ClipOptimizer } from './clipOptimizer.ts';
import { Clipping } from './clipping.ts';
import { minimize } from './minimize.ts';
import { releaseClipper, takeClipper } from './options.ts';
import type { ClippedBy, ClockOptions, TfjsOptions } from './options.ts';
import { configOf } from './saving.ts';

/** Takes the clipper out again. */
export type Detach = (() => void) & { readonly clipper: Clipper };

/**
 * The same as `clipOptimizer`, in place: for code that makes and compiles its optimizer by itself. Everything goes on
 * with the object that is there. A model that was loaded without a registry gets its clipper and the clipper its state.
 *
 * @returns a function that undoes it, with the clipper
 * @throws GradclipError as clipOptimizer
 * @example
 * const detach = attachClipper(model.optimizer, percentile({ p: 10 }));
 * detach.clipper.alerts$.subscribe(({ message }) => console.warn(message));
 */
export function attachClipper(
  optimizer: Optimizer,
  policy: PolicyLike | readonly ClipGroup[],
  options?: TfjsOptions,
): Detach;
export function attachClipper(optimizer: Optimizer, clipper: Clipper, options?: Partial<ClockOptions>): Detach;
export function attachClipper(optimizer: Optimizer, by: ClippedBy, options?: TfjsOptions): Detach;
export function attachClipper(optimizer: Optimizer, by: ClippedBy, options: TfjsOptions = {}): Detach {
  checkOptimizer(optimizer);
  const isLoaded = ClipOptimizer.is(optimizer) && !optimizer.hasClipper;
  if ('clipper' in optimizer && !isLoaded) throw clippedAlready();
  const [clipper, clock] = takeClipper('attachClipper', by, options);
  const { saved } = isLoaded ? (optimizer as ClipOptimizer) : {};
  try {
    if (saved) clipper.restore(saved.state);
  } catch (cause) {
    releaseClipper(clipper);
    throw cause;
  }
  const clipping = new Clipping(clipper, clock, saved?.tensors);
  const undo = isLoaded ? adopt(optimizer as ClipOptimizer, clipping) : patch(optimizer, clipping);
  let attached = true;
  const detach = (): void => {
    if (!attached) return;
    attached = false;
    undo();
    clipping.release();
  };
  return Object.assign(detach, { clipper });
}

function adopt(optimizer: ClipOptimizer, clipping: Clipping): () => void {
  optimizer.clipping = clipping;
  optimizer.saved = undefined;
  return () => {
    optimizer.clipping = undefined;
  };
}

/** Own properties hide those of the class; removing them brings these back. */
function patch(optimizer: Optimizer, clipping: Clipping): () => void {
  type Gradients = Parameters<Optimizer['applyGradients']>[0];
  const bare = {
    getClassName: optimizer.getClassName.bind(optimizer),
    getConfig: optimizer.getConfig.bind(optimizer),
  };
  const applyGradients = optimizer.applyGradients.bind(optimizer);
  const dispose = optimizer.dispose.bind(optimizer);
  const step = (gradients: Gradients, loss?: Scalar): void => {
    clipping.step(gradients as Gradients, { optimizer, loss }, (clipped) => applyGradients(clipped));
  };
  const own: Partial<Optimizer> & { clipper: Clipper } = {
    clipper: clipping.clipper,
    applyGradients: (gradients) => step(gradients),
    // A class with a minimize of its own keeps it; it ends in applyGradients.
    ...(optimizer.minimize === Optimizer.prototype.minimize && {
      minimize: (...given: Parameters<Optimizer['minimize']>) =>
        minimize(optimizer, given, (gradients, loss) => step(gradients as Gradients, loss)),
    }),
    getClassName: () => ClipOptimizer.className,
    getConfig: () => configOf(bare, clipping),
    dispose() {
      try {
        clipping.release();
      } finally {
        dispose();
      }
    },
  };
  const before = Object.getOwnPropertyDescriptors(optimizer);
  Object.assign(optimizer, own);
  return () => {
    for (const name of Object.keys(own)) {
      const property = before[name as keyof typeof before];
      if (property) Object.defineProperty(optimizer, name, property);
      else Reflect.deleteProperty(optimizer, name);
    }
  };
}
