import { definePolicy } from '../../policy.ts';
import type { ClipPolicy } from '../../policy.ts';
import type { Check } from '../check.ts';
import { Finding } from '../check.ts';
import { expectClipped, expectStep, expectUntouched, expectValues } from './expect.ts';
import { MIXED, vector, withElement } from './gradients.ts';
import { adapterCheck, clip, quietClipper, tryClip } from './trial.ts';
import type { AdapterUnderTest, Tensors } from './trial.ts';

const BAD = [NaN, Infinity, -Infinity];

/** Steps that must not happen: gradients stay as they are, bit for bit, and the optimizer is told. */
export function stoppingChecks<Gradients>(adapter: AdapterUnderTest<Gradients>): readonly Check[] {
  return [
    adapterCheck(
      'leaves a gradient with NaN or Infinity alone',
      'Count elements that are not finite in the measurement, and apply nothing when decision.proceed is false.',
      async () => {
        for (const [tensor, index] of badPlaces(MIXED))
          for (const value of BAD) {
            const bad = withElement(MIXED, tensor, index, value);
            const { step, after } = await clip(adapter, bad, quietClipper(0.5));
            const why = `with ${tensor}[${index}] = ${value}`;
            expectStep(step, { action: 'skip', proceed: false, norm: NaN }, why);
            expectUntouched(bad, after, why);
          }
      },
    ),
    adapterCheck(
      'names the element that is not finite',
      'Fill in firstBad: the name of the tensor, the index of its first bad element and the value.',
      async () => {
        for (const [tensor, index] of badPlaces(MIXED)) {
          const bad = withElement(MIXED, tensor, index, Infinity);
          const { reason } = (await clip(adapter, bad, quietClipper(1))).step;
          if (reason?.includes(tensor) && reason.includes(String(index))) continue;
          throw new Finding(`expected a reason that names ${tensor} and ${index}, got "${reason}"`, { tensor, index });
        }
      },
    ),
    adapterCheck(
      "sets bad elements to 0 with onNonFinite: 'zero'",
      "When the action is zero, write 0 into the elements that are not finite and scale the rest by the decision's factors.",
      async () => {
        const bad = { first: vector(3, NaN, -Infinity), second: vector(-4, 0), third: vector(Infinity) };
        const clipped = await clip(adapter, bad, quietClipper(2.5, { onNonFinite: 'zero' }));
        expectStep(clipped.step, { action: 'zero', proceed: true }, 'with bad elements');
        const { first = [], second = [], third = [] } = clipped.after;
        expectValues('first', { first: first.slice(1) }, [0, 0], 'in place of bad elements');
        expectValues('third', { third }, [0], 'in place of bad elements');
        expectClipped([first[0]!, ...second], 2.5, 2, 'of the rest');
        const passed = await clip(adapter, bad, quietClipper(5, { onNonFinite: 'zero' }));
        expectValues('first', passed.after, [3, 0, 0], 'when the rest is at the threshold');
        expectValues('second', passed.after, [-4, 0], 'when the rest is at the threshold');
      },
    ),
    adapterCheck(
      "leaves bad elements alone with onNonFinite: 'pass'",
      'Apply nothing when the action is pass.',
      async () => {
        const bad = withElement(MIXED, 'encoder/bias', 1, NaN);
        const { step, after } = await clip(adapter, bad, quietClipper(0.5, { onNonFinite: 'pass' }));
        expectStep(step, { action: 'pass', proceed: true }, 'with a bad element');
        expectUntouched(bad, after, 'with a bad element');
      },
    ),
    adapterCheck(
      "throws before it changes anything with onNonFinite: 'throw'",
      'Ask the clipper before the first element is written, and let its error through.',
      async () => {
        const bad = withElement(MIXED, 'decoder/kernel', 5, -Infinity);
        const { thrown, after } = await tryClip(adapter, bad, quietClipper(0.5, { onNonFinite: 'throw' }));
        if (thrown === undefined) throw new Finding('expected a throw for a bad element, got a decision');
        expectUntouched(bad, after, 'after a throw');
      },
    ),
    adapterCheck(
      'leaves gradients alone when a policy skips the step',
      'Apply nothing when decision.proceed is false.',
      async () => {
        const { step, after } = await clip(adapter, MIXED, quietClipper(answering(() => ({ skip: 'a test' }))));
        expectStep(step, { action: 'skip', proceed: false, reason: 'a test' }, 'when the policy skips');
        expectUntouched(MIXED, after, 'when the policy skips');
      },
    ),
    adapterCheck(
      'leaves all tensors alone when one of them stops the step',
      'Decide over all tensors first, then apply: all of them or none.',
      async () => {
        const last = Object.keys(MIXED).at(-1)!;
        const skipLast = answering((key) => (key === last ? { skip: 'the last one' } : 0.01));
        const { step, after } = await clip(adapter, MIXED, quietClipper(skipLast, { scope: 'tensor' }));
        expectStep(step, { action: 'skip', proceed: false }, `when the policy skips for ${last}`);
        expectUntouched(MIXED, after, `when the policy skips for ${last}`);
      },
    ),
    adapterCheck(
      'leaves gradients alone when a policy fails and training halts',
      'Apply nothing when decision.proceed is false, and nothing when the clipper throws.',
      async () => {
        const clipper = quietClipper(
          answering(() => {
            throw new Error('a test');
          }),
          { onPolicyFault: 'halt' },
        );
        for (const why of ['when the policy fails', 'after training has halted']) {
          const { step, after } = await tryClip(adapter, MIXED, clipper);
          if (step?.proceed) throw new Finding(`expected proceed false, or a throw, ${why}, got proceed true`);
          expectUntouched(MIXED, after, why);
        }
      },
    ),
  ];
}

function answering(bound: (key: string) => ReturnType<ClipPolicy['decide']>[0]): ClipPolicy<null> {
  return definePolicy<null>({ name: 'test', init: () => null, decide: (_, { key }) => [bound(key), null] });
}

/** First, middle and last element of each tensor. */
function badPlaces(tensors: Tensors): [tensor: string, index: number][] {
  return Object.entries(tensors).flatMap(([tensor, { values }]) =>
    [...new Set([0, values.length >> 1, values.length - 1])].map((index): [string, number] => [tensor, index]),
  );
}
