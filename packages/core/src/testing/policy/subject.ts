import type { Registry } from '../../plugin/plugin.ts';
import type { Corpus } from '../corpora.ts';
import { keysOf, sequenceOf } from './events.ts';
import type { Sequence } from './events.ts';
import type { AnyPolicy } from './run.ts';

/** The policy under test, and the norms it is tried on. */
export interface PolicySubject {
  make(): AnyPolicy;
  readonly ordinary: readonly Corpus[];
  readonly extreme: readonly Corpus[];
  /** Short, for what takes time quadratic in the length. */
  readonly short: readonly Corpus[];
  /** Longer than the windows people use. */
  readonly long: Corpus;
  readonly registry: Registry | undefined;
  readonly seed: number;
}

/** The corpora as events of the policy's first key. */
export function sequencesOf(policy: AnyPolicy, corpora: readonly Corpus[]): readonly Sequence[] {
  return corpora.map((corpus) => sequenceOf(corpus, keysOf(policy)[0], policy.needs));
}
