import type { Registry } from '../../plugin/plugin.ts';
import type { GradientSequence } from './gradients.ts';
import type { AnyStage } from './run.ts';

/** The stage under test, and the gradients it is tried on. */
export interface StageSubject {
  make(): AnyStage;
  readonly ordinary: readonly GradientSequence[];
  readonly short: readonly GradientSequence[];
  readonly extreme: readonly GradientSequence[];
  readonly registry: Registry | undefined;
}
