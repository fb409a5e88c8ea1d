import { createClipper } from '../../clipper.ts';
import type { Clipper } from '../../clipper.ts';
import type { ClipperOptions } from '../../clipperOptions.ts';
import type { StepDecision } from '../../decision.ts';
import { describe } from '../../errors.ts';
import type { ClipGroup } from '../../groups.ts';
import type { PolicyLike } from '../../policy.ts';
import type { Check } from '../check.ts';
import { checkFailed, errorInWords, Finding } from '../check.ts';

/** Named tensors; every value is one that float32 has. */
export type Tensors = Readonly<
  Record<string, { readonly values: readonly number[]; readonly shape: readonly number[] }>
>;

/** How the checks reach an adapter. `Gradients` is whatever it clips. */
export interface AdapterUnderTest<Gradients> {
  readonly name: string;
  /** Gradients with these names, shapes and values, row by row. */
  make(tensors: Tensors): Gradients;
  /** The values as they are now: after {@link clip}, what the optimizer would be given. */
  read(gradients: Gradients): Readonly<Record<string, readonly number[]>>;
  /** One step: measure, decide, apply. */
  clip(gradients: Gradients, clipper: Clipper): StepDecision | Promise<StepDecision>;
  dispose?(gradients: Gradients): void;
}

export type Values = Readonly<Record<string, readonly number[]>>;

/** One call of an adapter: a decision or what was thrown, and the gradients afterwards. */
export interface Clipped {
  readonly step: StepDecision | undefined;
  readonly thrown: unknown;
  readonly after: Values;
}

export function adapterCheck(name: string, advice: string, body: () => Promise<void>): Check {
  return {
    name,
    async run() {
      try {
        await body();
      } catch (thrown) {
        throw checkFailed(name, thrown, advice);
      }
    },
  };
}

/** A clipper whose alerts have a listener, so that none is written to the console. */
export function quietClipper(policy: PolicyLike | readonly ClipGroup[], options: ClipperOptions = {}): Clipper {
  const clipper = createClipper(policy, options);
  clipper.alerts$.subscribe(() => {});
  return clipper;
}

/** Makes gradients, clips them once, reads them, disposes of them. */
export async function tryClip<Gradients>(
  adapter: AdapterUnderTest<Gradients>,
  tensors: Tensors,
  clipper: Clipper,
): Promise<Clipped> {
  const gradients = adapter.make(tensors);
  try {
    let step: StepDecision | undefined;
    let thrown: unknown;
    try {
      step = await adapter.clip(gradients, clipper);
    } catch (error) {
      thrown = error ?? new Error('nothing');
    }
    return { step, thrown, after: adapter.read(gradients) };
  } finally {
    adapter.dispose?.(gradients);
  }
}

/** The same, where a throw is a finding. */
export async function clip<Gradients>(
  adapter: AdapterUnderTest<Gradients>,
  tensors: Tensors,
  clipper: Clipper,
): Promise<{ step: StepDecision; after: Values }> {
  const { step, thrown, after } = await tryClip(adapter, tensors, clipper);
  if (thrown !== undefined) throw new Finding(`expected a decision, got ${errorInWords(thrown)}`, {}, thrown);
  if (!step || typeof step !== 'object' || !('action' in step))
    throw new Finding(`expected clip to return the decision of the clipper, got ${describe(step)}`);
  return { step, after };
}
