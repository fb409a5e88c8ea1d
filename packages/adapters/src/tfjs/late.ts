import { keep, tidy } from '@tensorflow/tfjs-core';
import { GradclipError } from '@gradclip/core';
import type { ClipForecast, Clipper, StepContext } from '@gradclip/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { disposeNew } from './apply.ts';
import { keysOf } from './lateFactors.ts';
import type { Keys } from './lateFactors.ts';
import { clipLate, measuredLate } from './lateStep.ts';
import type { LateInput } from './lateStep.ts';
import type { Layout } from './layout.ts';

/** A step whose bound is in force on the device and whose norms are on their way. */
interface OpenStep {
  readonly forecast: ClipForecast;
  readonly layout: Layout;
  readonly context: StepContext;
  /** What is read back: see {@link clipLate}. */
  readonly packed: Tensor;
  readonly hasLoss: boolean;
  values?: Float32Array;
  failure?: unknown;
}

/** The late clock: bounds are applied on the device, norms arrive in order, any number of steps later. */
export class LateClock {
  readonly #clipper: Clipper;
  readonly #open: OpenStep[] = [];
  readonly #keys: WeakMap<Layout, Keys> = new WeakMap();
  #failure: unknown;

  constructor(clipper: Clipper) {
    this.#clipper = clipper;
  }

  /** Steps whose norms have not come back. */
  get open(): number {
    return this.#open.length;
  }

  /**
   * Opens a step and hands the clipped gradients to `optimize`. They are disposed afterwards.
   * @returns false where the step has to be done exactly; nothing has happened then
   * @throws what forecast, the device and `optimize` throw; the step is abandoned then
   */
  step(input: LateInput, bounded: boolean, optimize: (tensors: readonly Tensor[]) => void): boolean {
    this.#rethrow();
    const forecast = this.#clipper.forecast(input.layout.gradients.names, { bounded });
    if (!forecast) return false;
    let packed: Tensor | undefined;
    let tensors: readonly Tensor[] = [];
    try {
      [packed, ...tensors] = tidy(() => clipLate(input, forecast, this.#keysOf(input.layout, forecast)));
      keep(packed!);
      optimize(tensors);
    } catch (cause) {
      packed?.dispose();
      this.#clipper.abandon(forecast.step, `the optimizer step failed: ${String(cause)}`);
      throw cause;
    } finally {
      disposeNew(tensors, input.gradients);
    }
    const { layout, context, loss } = input;
    this.#read({ forecast, layout, context, packed: packed!, hasLoss: loss !== undefined });
    return true;
  }

  /** Closes all open steps by reading what has not arrived. */
  settle(): void {
    for (const step of this.#open) {
      try {
        step.values ??= step.packed.dataSync() as Float32Array;
      } catch (cause) {
        step.failure ??= cause;
      }
    }
    this.#close();
    this.#rethrow();
  }

  #keysOf(layout: Layout, forecast: ClipForecast): Keys {
    const keys = this.#keys.get(layout) ?? keysOf(layout, forecast);
    this.#keys.set(layout, keys);
    return keys;
  }

  #rethrow(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #read(step: OpenStep): void {
    this.#open.push(step);
    const arrived = async (): Promise<void> => {
      try {
        const values = await step.packed.data();
        step.values ??= values as Float32Array;
      } catch (cause) {
        step.failure ??= cause;
      }
      this.#close();
    };
    void arrived();
  }

  /** Somebody else may have closed it: the clipper is in the user's hands. */
  #giveUp(step: number, reason: string): void {
    try {
      this.#clipper.abandon(step, reason);
    } catch (cause) {
      if (!(cause instanceof GradclipError && cause.code === 'NO_OPEN_STEP')) throw cause;
    }
  }

  /** Closes what has come back, as far as nothing older is open. */
  #close(): void {
    for (let step = this.#open[0]; step && (step.values || step.failure !== undefined); step = this.#open[0]) {
      const number = step.forecast.step;
      try {
        if (step.values) arrive(this.#clipper, step, step.values);
        else this.#giveUp(number, `its norms could not be read: ${String(step.failure)}`);
      } catch (cause) {
        // A subscriber that saves the model comes here while a step is decided. This one stays open, to be closed later.
        if (cause instanceof GradclipError && cause.code === 'REENTRANT') throw cause;
        this.#failure ??= cause;
        this.#giveUp(number, `its norms could not be used: ${String(cause)}`);
      }
      this.#open.shift();
      step.packed.dispose();
    }
  }
}

function arrive(clipper: Clipper, { forecast, layout, context, hasLoss }: OpenStep, values: Float32Array): void {
  const measurement = measuredLate(layout, values);
  const loss = hasLoss ? { loss: values.at(-1)! } : {};
  clipper.arrive(measurement, { ...context, ...loss, step: forecast.step });
}
