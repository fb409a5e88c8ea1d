import type { Clipper, GradientStages, StagedGradients, StageTensor } from '@gradclip/core';
import { refuse } from './refuse.ts';

export interface StageOptions {
  /**
   * Stages the gradients go through, in this order, before they are measured; make them once, like the clipper, which
   * keeps their states. Each has a copy of the gradients. Default none.
   */
  stages?: GradientStages;
}

/** Runs the stages; undefined: there are none, or they have to be left out of this step. @throws GradclipError INVALID_STAGE */
export function begin(
  tensors: readonly StageTensor[],
  clipper: Clipper,
  { stages, lossScale }: StageOptions & { lossScale?: number },
): StagedGradients | undefined {
  if (!stages || stages.length === 0) return undefined;
  // The code comes with the stage, so that who has none does not bundle it.
  if (!stages[0]?.begin) refuse('INVALID_STAGE', 'need a list of stages', 'Write [spam()].');
  return stages[0].begin(stages, clipper.stages, tensors, lossScale);
}
