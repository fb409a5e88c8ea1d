import { copyJson, decode, sameJson } from '../../json.ts';
import type { Json } from '../../json.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { scramble, sizeOf } from '../savedValue.ts';
import { expectSame, placeOf, restored, runStage, savedText } from './run.ts';
import type { GradientSequence } from './gradients.ts';
import type { StageSubject } from './subject.ts';

/** That a state can be written down at any step, and that a restored one goes on bit for bit. */
export function stateChecks({ make, ordinary, short, extreme }: StageSubject): readonly Check[] {
  return [
    syncCheck(
      'has a state of plain data, or saves it',
      'Use numbers, texts, booleans, null, lists and plain objects as the state; where another form is faster, add save and load.',
      () => {
        for (const sequence of [...short, ...ordinary]) {
          const stage = make();
          runStage(stage, sequence, { between: (state, step) => (savedText(stage, state, sequence, step), state) });
        }
      },
    ),
    syncCheck(
      'changes its state in commit alone',
      'Let transform read the state: the step may not be taken. Compute what is needed again in commit.',
      () => {
        for (const sequence of ordinary) {
          const stage = make();
          runStage(stage, sequence, {
            watch(work, part, { state, step }) {
              if (part === 'commit') return work();
              const before = savedText(stage, state, sequence, step);
              work();
              if (savedText(stage, state, sequence, step) === before) return;
              throw new Finding('expected the same state after transform, got another', placeOf(stage, sequence, step));
            },
          });
        }
      },
    ),
    syncCheck(
      'saves a value that shares nothing with the state',
      'Return new arrays and objects from save: the run goes on while the saved value is being written.',
      () => {
        for (const sequence of ordinary) {
          const stage = make();
          if (!stage.save) return;
          const kept: { saved: Json; copy: Json; step: number }[] = [];
          const between = (state: unknown, step: number): unknown => {
            const saved = stage.save!(state);
            if (step % 3 === 0) scramble(saved);
            else kept.push({ saved, copy: copyJson(saved), step });
            return state;
          };
          const got = runStage(stage, sequence, { between });
          const changed = kept.find(({ saved, copy }) => !sameJson(saved, copy));
          if (changed)
            throw new Finding('expected the saved value to stay as it was', placeOf(stage, sequence, changed.step));
          expectSame(stage, sequence, got, runStage(make(), sequence), 'whatever becomes of the saved value');
        }
      },
    ),
    syncCheck(
      'loads a state that shares nothing with the saved value',
      'Copy the arrays and objects in load: one saved value may be restored twice.',
      () => {
        for (const sequence of ordinary) {
          const stage = make();
          if (!stage.load) return;
          const step = sequence.gradients.length >> 1;
          const saved = decode(savedAt(make(), sequence, step));
          const copy = copyJson(saved);
          const version = stage.stateVersion ?? 1;
          const wanted = runStage(stage, sequence, { from: { step, state: stage.load(saved, version) } });
          if (!sameJson(saved, copy))
            throw new Finding('expected the loaded value to stay as it was', placeOf(stage, sequence, step));
          const state: unknown = stage.load(saved, version);
          scramble(saved);
          const got = runStage(stage, sequence, { from: { step, state } });
          expectSame(stage, sequence, got, wanted, 'whatever becomes of the loaded value', (taken) => step + taken);
        }
      },
    ),
    syncCheck(
      'goes on as before when every step is restored',
      'Save everything that transform and commit read, counters included, to the last bit, and put it all back in load.',
      () => {
        for (const sequence of [...short, ...ordinary, ...extreme]) {
          const stage = make();
          const between = (state: unknown, step: number): unknown =>
            restored(stage, savedText(stage, state, sequence, step), sequence, step);
          const got = runStage(stage, sequence, { between });
          expectSame(stage, sequence, got, runStage(make(), sequence), 'as without the restores');
        }
      },
    ),
  ];
}

/** That the saved state of a tensor stays within a size. */
export function stateSizeChecks(
  { make, ordinary, short }: StageSubject,
  most: (length: number) => number,
): readonly Check[] {
  return [
    syncCheck(
      'saves no more values of a tensor than promised, however long the run',
      'Keep averages in place of a history, or promise a larger stateSize.',
      () => {
        for (const sequence of [...short, ...ordinary]) {
          const stage = make();
          const limit = most(sequence.length);
          const many = repeated(sequence, Math.ceil((3 * limit + 10) / sequence.gradients.length));
          runStage(stage, many, {
            between(state, step) {
              const size = sizeOf(stage.save ? stage.save(state) : (state as Json));
              if (size <= limit) return state;
              const what = `expected at most ${limit} values of ${sequence.length} elements in the saved state, got ${size}`;
              throw new Finding(what, placeOf(stage, sequence, step));
            },
          });
        }
      },
    ),
  ];
}

function repeated(sequence: GradientSequence, times: number): GradientSequence {
  return { ...sequence, gradients: Array.from({ length: times }, () => sequence.gradients).flat() };
}

/** The saved state before a step. */
function savedAt(stage: ReturnType<StageSubject['make']>, sequence: GradientSequence, cut: number): string {
  let text = '';
  runStage(
    stage,
    { ...sequence, gradients: sequence.gradients.slice(0, cut) },
    {
      between(state, step) {
        if (step === cut) text = savedText(stage, state, sequence, step);
        return state;
      },
    },
  );
  return text;
}
