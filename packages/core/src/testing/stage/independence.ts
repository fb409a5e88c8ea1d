import type { GradientArray } from '../../stage.ts';
import type { Check } from '../check.ts';
import { syncCheck } from '../check.ts';
import { HIGH, LOW, withChance } from '../policy/chance.ts';
import type { GradientSequence } from './gradients.ts';
import { expectSame, runStage } from './run.ts';
import type { AnyStage } from './run.ts';
import type { StageSubject } from './subject.ts';

/** That what a stage does follows from the gradients of one tensor and from nothing else. */
export function independenceChecks({ make, ordinary }: StageSubject): readonly Check[] {
  return [
    syncCheck(
      'does not look at clocks or random numbers',
      'Count steps instead of time; take random numbers from a seed in the options, their position in the state.',
      () => {
        for (const sequence of ordinary) {
          const [wanted, again] = [LOW, LOW].map((chance) => withChance(chance, () => runStage(make(), sequence)));
          if (!isSame(wanted!, again!)) continue; // what differs anyway is told by the next check
          const got = withChance(HIGH, () => runStage(make(), sequence));
          expectSame(make(), sequence, got, wanted!, 'whatever Math.random and the clock say');
        }
      },
    ),
    syncCheck(
      'does the same to the same gradients',
      'Keep everything in the state: nothing outside the factory, no random numbers, no clock.',
      () => {
        for (const sequence of ordinary) {
          const first = runStage(make(), sequence);
          expectSame(make(), sequence, runStage(make(), sequence), first, 'as in the run before');
        }
      },
    ),
    syncCheck(
      'keeps its tensors apart',
      'Keep what you know of a tensor in the state that init returned for it, and scratch space no longer than a call.',
      () => {
        for (const [i, sequence] of ordinary.entries()) {
          const [shared, alone] = [make(), make()];
          const other = otherThan(ordinary[(i + 1) % ordinary.length]!);
          const got = runBeside(shared, sequence, other);
          expectSame(
            shared,
            sequence,
            got,
            runStage(alone, sequence),
            `as without the tensor ${other.tensor} beside it`,
          );
        }
      },
    ),
    syncCheck(
      'starts each state afresh',
      'Let init return a new state each time; hold nothing that a run changes outside the state.',
      () => {
        for (const sequence of ordinary) {
          const stage = make();
          const early: unknown = stage.init(sequence.tensor, sequence.length);
          const first = runStage(stage, sequence);
          const because = 'as the first run did';
          expectSame(stage, sequence, runStage(stage, sequence, { from: { step: 0, state: early } }), first, because);
          expectSame(stage, sequence, runStage(stage, sequence), first, because);
        }
      },
    ),
  ];
}

/** Of another name and length. */
function otherThan({ name, gradients }: GradientSequence): GradientSequence {
  const longer = gradients.map((gradient) => {
    const twice = new (gradient.constructor as typeof Float64Array)(2 * gradient.length);
    twice.set(gradient);
    twice.set(gradient, gradient.length);
    return twice;
  });
  return { name, tensor: 'dense/bias', length: longer[0]!.length, gradients: longer };
}

/** A tensor, with a step of another before each of its transforms, and a transform of the other before each of its commits. */
function runBeside(stage: AnyStage, sequence: GradientSequence, other: GradientSequence): readonly GradientArray[] {
  const state: unknown = stage.init(other.tensor, other.length);
  return runStage(stage, sequence, {
    watch(work, part, { step }) {
      const raw = other.gradients[step]!.slice();
      const sent = raw.slice();
      stage.transform(state, sent, step);
      if (part === 'transform') stage.commit(state, raw, sent, step);
      work();
    },
  });
}

function isSame(a: readonly GradientArray[], b: readonly GradientArray[]): boolean {
  return a.every((gradient, step) => gradient.every((x, i) => Object.is(x, b[step]?.[i])));
}
