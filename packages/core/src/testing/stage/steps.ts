import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { expectSame, placeOf, runStage } from './run.ts';
import type { StageSubject } from './subject.ts';

/** Steps that are not taken: the first, single ones, a row of them. */
const isLeft = (step: number): boolean => step === 0 || step % 7 === 3 || (step > 40 && step < 45);

/** What a stage makes of gradients. */
export function numberChecks({ make, ordinary, short, extreme }: StageSubject): readonly Check[] {
  return [
    syncCheck(
      'makes finite gradients of finite ones',
      'Guard divisions and roots: elements may be 0, in a tensor and over all steps.',
      () => {
        for (const sequence of ordinary) runStage(make(), sequence);
      },
    ),
    syncCheck('takes tensors of no elements and of one', 'Give means and largest elements of nothing a value.', () => {
      for (const sequence of short) runStage(make(), sequence);
    }),
    syncCheck(
      'makes finite gradients of the smallest and the largest elements',
      'Take norms in parts of the largest element, and put a floor under what is divided by.',
      () => {
        for (const sequence of extreme) runStage(make(), sequence);
      },
    ),
  ];
}

/** That a step which was not taken leaves no trace, and what becomes of the buffers. */
export function stepChecks({ make, ordinary }: StageSubject): readonly Check[] {
  return [
    syncCheck(
      'is as before after a step that was not taken',
      'Keep nothing of a transform, also outside the state: a bad norm, a skip or a clipper that only observes ends the step.',
      () => {
        const taken = Array.from({ length: 200 }, (_, step) => step).filter((step) => !isLeft(step));
        for (const sequence of ordinary) {
          const got = runStage(make(), sequence, { isLeft });
          const wanted = runStage(make(), sequence, { isMissing: isLeft });
          expectSame(make(), sequence, got, wanted, 'as without the steps that were not taken', (i) => taken[i]!);
        }
      },
    ),
    syncCheck(
      'leaves the buffers of a commit as they are',
      'Copy what you want to change in commit: what is sent goes to the optimizer.',
      () => {
        for (const sequence of ordinary) {
          const stage = make();
          runStage(stage, sequence, {
            watch(work, part, { buffers, step }) {
              if (part === 'transform') return work();
              const copies = Object.values(buffers).map((buffer) => buffer.slice());
              work();
              Object.entries(buffers).forEach(([name, buffer], b) => {
                const i = buffer.findIndex((x, place) => !Object.is(x, copies[b]![place]));
                if (i < 0) return;
                const what = `expected element ${i} of ${name} to stay ${copies[b]![i]}, got ${buffer[i]}`;
                throw new Finding(what, placeOf(stage, sequence, step));
              });
            },
          });
        }
      },
    ),
    syncCheck(
      'keeps no reference to a buffer',
      'Copy the elements you keep: adapters write every gradient into the same buffers.',
      () => {
        for (const sequence of ordinary) {
          const got = runStage(make(), sequence, { reuse: true });
          expectSame(make(), sequence, got, runStage(make(), sequence), 'as with new buffers at every step');
        }
      },
    ),
  ];
}
