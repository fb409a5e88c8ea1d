import type { Json } from '../../json.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { sizeOf } from '../savedValue.ts';
import { keysOf, sequenceOf } from './events.ts';
import { placeOf, runWith } from './run.ts';
import type { PolicySubject } from './subject.ts';

/** That the saved state of a key stays within a size, for so many steps that a larger window would be full. */
export function stateSizeChecks({ make, long }: PolicySubject, most: number): readonly Check[] {
  return [
    syncCheck(
      `saves at most ${most} values, however long the run`,
      'Keep a window, a sketch or an average in place of a history, or promise a larger stateSize.',
      () => {
        const policy = make();
        const length = Math.max(long.norms.length, 3 * most + 10);
        const norms = Array.from({ length }, (_, i) => long.norms[i % long.norms.length]!);
        const sequence = sequenceOf({ name: long.name, norms }, keysOf(policy)[0], policy.needs);
        runWith(policy, sequence, (state, i) => {
          if ((i & (i - 1)) !== 0 && i !== length) return state; // powers of two, and the end
          const size = sizeOf(policy.save ? policy.save(state) : (state as Json));
          if (size <= most) return state;
          throw new Finding(
            `expected at most ${most} values in the saved state, got ${size}`,
            placeOf(policy, sequence, i),
          );
        });
      },
    ),
  ];
}
