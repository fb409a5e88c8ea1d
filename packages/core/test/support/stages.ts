import { defineStage } from '@gradclip/core';
import type { Clipper, GradientStage, GradientStages, Json, StageRule, StagedGradients } from '@gradclip/core';
import { measure } from './clipper.ts';

export type Count = { taken: number };

/** Adds the number of steps taken to every element. */
export function counting(rule: Partial<StageRule<Count>> = {}): GradientStage<Count> {
  return defineStage<Count>({
    name: 'counting',
    options: {},
    init: () => ({ taken: 0 }),
    transform: ({ taken }, gradient) => void gradient.forEach((x, i) => (gradient[i] = x + taken)),
    commit: (state) => void state.taken++,
    ...rule,
  });
}

/** What an adapter does in a step, up to the commit; answers what was sent, undefined where the gradient stays as it is. */
export function stagedStep(
  clipper: Clipper,
  stages: GradientStages,
  tensors: Readonly<Record<string, readonly number[]>>,
): number[][] | undefined {
  const list = Object.entries(tensors).map(([name, values]) => ({ name, buffer: Float64Array.from(values) }));
  const staged: StagedGradients | undefined = stages[0]!.begin(stages, clipper.stages, list);
  const left = Object.fromEntries(list.map(({ name, buffer }) => [name, [...(staged?.buffers[name] ?? buffer)]]));
  const decision = clipper.decide(measure(clipper.plan, left));
  return staged?.commit(decision) ? Object.values(staged.buffers).map((buffer) => [...buffer]) : undefined;
}

/** The part of a clipper's state that stages have. */
export function stagesIn(clipper: Clipper): Json | undefined {
  return (clipper.state() as { readonly stages?: Json }).stages;
}
