import type { SavedStage } from './savedState.ts';
import type { StageStates } from './stageStates.ts';

/**
 * Where a clipper keeps the states of gradient stages between steps, and those that were restored until their stages come
 * again. All else about stages is in what {@link GradientStage.begin} runs, so that who has no stage bundles nothing of it.
 */
export interface StageStore {
  /** The number of the coming step. */
  readonly step: number;
  /** Made by the first step with stages. */
  states: StageStates | undefined;
  /** What was restored and nobody has asked for yet, and whether what differs starts fresh. */
  saved: readonly SavedStage[];
  reset: boolean;
}

export function createStageStore(next: () => number): StageStore {
  return {
    get step() {
      return next();
    },
    states: undefined,
    saved: [],
    reset: false,
  };
}
