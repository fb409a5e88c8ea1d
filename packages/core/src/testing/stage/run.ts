import type { ErrorPlace } from '../../errors.ts';
import type { GradientArray, GradientStage } from '../../stage.ts';
import { errorInWords, Finding } from '../check.ts';
import { stateOf, textOf } from '../saveable.ts';
import type { GradientSequence } from './gradients.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the state of a stage is its own affair
export type AnyStage = GradientStage<any>;

interface Seen {
  readonly state: unknown;
  readonly buffers: Readonly<Record<string, GradientArray>>;
  readonly step: number;
}

/** What is done beside the steps. */
export interface Manner {
  /** The state that goes on, before each step and after the last. */
  readonly between?: (state: unknown, step: number) => unknown;
  /** Steps that are transformed and not committed. Default: none. */
  readonly isLeft?: (step: number) => boolean;
  /** Steps that do not come. Default: none. */
  readonly isMissing?: (step: number) => boolean;
  /** Runs a transform or a commit, and may look at the state and the buffers before and after. */
  readonly watch?: (work: () => void, part: 'transform' | 'commit', seen: Seen) => void;
  /** One buffer for all steps, overwritten while the stage is not running. */
  readonly reuse?: boolean;
  /** The first step, and the state it begins with. */
  readonly from?: { readonly step: number; readonly state: unknown };
}

/** What the optimizer gets of each step that is taken: what the stage leaves, a third of the steps halved by a clipper. */
export function runStage(stage: AnyStage, sequence: GradientSequence, manner: Manner = {}): readonly GradientArray[] {
  const { between = (state) => state, watch = (work) => work(), reuse = false, from } = manner;
  const { isLeft = () => false, isMissing = () => false } = manner;
  const { tensor, length, gradients } = sequence;
  let state: unknown = from ? from.state : at(stage, sequence, 0, 'init', () => stage.init(tensor, length));
  const buffers = gradients[0]!.slice();
  const copies = gradients[0]!.slice();
  const all: GradientArray[] = [];
  for (let step = from?.step ?? 0; step < gradients.length; step++) {
    if (isMissing(step)) continue;
    state = between(state, step);
    const raw = reuse ? buffers : gradients[step]!.slice();
    const sent = reuse ? copies : gradients[step]!.slice();
    raw.set(gradients[step]!);
    sent.set(raw);
    const transform = () => at(stage, sequence, step, 'transform', () => stage.transform(state, sent, step));
    watch(transform, 'transform', { state, buffers: { gradient: sent }, step });
    const bad = sent.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new Finding(
        `expected finite elements of finite ones, got ${sent[bad]} for element ${bad}, ${raw[bad]}`,
        placeOf(stage, sequence, step),
      );
    if (isLeft(step)) continue;
    if (step % 3 === 2) sent.forEach((x, i) => (sent[i] = x / 2));
    all.push(sent.slice());
    const commit = () => at(stage, sequence, step, 'commit', () => stage.commit(state, raw, sent, step));
    watch(commit, 'commit', { state, buffers: { raw, sent }, step });
    if (reuse) for (const buffer of [raw, sent]) buffer.fill(123.5);
  }
  between(state, gradients.length);
  return all;
}

function at<Result>(stage: AnyStage, of: GradientSequence, step: number, part: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new Finding(`expected no error from ${part}, got ${errorInWords(cause)}`, placeOf(stage, of, step), cause);
  }
}

export function placeOf({ name }: AnyStage, { name: gradients, tensor }: GradientSequence, step: number): ErrorPlace {
  return { stage: String(name), gradients, tensor, step };
}

/** Throws a Finding at the first element that differs by a bit; `steps` are the numbers of those that are compared. */
export function expectSame(
  stage: AnyStage,
  sequence: GradientSequence,
  got: readonly GradientArray[],
  wanted: readonly GradientArray[],
  because: string,
  stepOf: (taken: number) => number = (taken) => taken,
): void {
  for (const [taken, gradient] of wanted.entries()) {
    const other = got[taken];
    const i = gradient.findIndex((x, place) => !Object.is(x, other?.[place]));
    if (i < 0) continue;
    const what = `expected ${gradient[i]} for element ${i} ${because}, got ${other?.[i]}`;
    throw new Finding(what, placeOf(stage, sequence, stepOf(taken)));
  }
}

/** As {@link textOf}, before a step. */
export function savedText(stage: AnyStage, state: unknown, sequence: GradientSequence, step: number): string {
  return textOf(stage, state, placeOf(stage, sequence, step));
}

/** As {@link stateOf}, before a step. */
export function restored(stage: AnyStage, text: string, sequence: GradientSequence, step: number): unknown {
  return stateOf(stage, text, placeOf(stage, sequence, step));
}
