import { describe } from '../../errors.ts';
import { definePolicy } from '../../policy.ts';
import type { Check } from '../check.ts';
import { Finding } from '../check.ts';
import { exactNorm } from '../oracle.ts';
import { expectClipped, expectNear, expectStep, expectUntouched, expectValues, joint, jointAfter } from './expect.ts';
import { MIXED, SEVEN, vector } from './gradients.ts';
import { adapterCheck, clip, quietClipper } from './trial.ts';
import type { AdapterUnderTest, Tensors, Values } from './trial.ts';

/** What becomes of finite gradients: nothing, or one factor for all, or a limit for each element. */
export function clippingChecks<Gradients>(adapter: AdapterUnderTest<Gradients>): readonly Check[] {
  return [
    adapterCheck(
      'leaves gradients below the threshold alone',
      'Apply nothing when the action is pass: multiplying by a factor of about 1 changes bits.',
      async () => {
        const { step, after } = await clip(adapter, MIXED, quietClipper(2 * exactNorm(joint(MIXED), 2)));
        expectStep(step, { action: 'pass', proceed: true, applied: true, factor: 1 }, 'below the threshold');
        expectUntouched(MIXED, after, 'below the threshold');
      },
    ),
    adapterCheck(
      'leaves gradients at the threshold alone',
      'Sum squares in float64 and leave the comparison to the clipper; add no epsilon of your own.',
      async () => {
        const { step, after } = await clip(adapter, SEVEN, quietClipper(7));
        expectStep(step, { action: 'pass', proceed: true, norm: 7 }, 'at the threshold');
        expectUntouched(SEVEN, after, 'at the threshold');
      },
    ),
    adapterCheck(
      'leaves gradients alone under an infinite threshold',
      'Apply nothing when the action is pass.',
      async () => {
        const large = { ...MIXED, large: vector(Math.fround(1e19), -Math.fround(1e19)) };
        const { step, after } = await clip(adapter, large, quietClipper(Infinity));
        expectStep(step, { action: 'pass', proceed: true }, 'under an infinite threshold');
        expectUntouched(large, after, 'under an infinite threshold');
      },
    ),
    adapterCheck(
      'leaves zero gradients alone',
      'Divide by no norm: take the factor from the decision, which is 1 for a norm of 0.',
      async () => {
        const zeros = { kernel: { values: [0, -0, 0, 0], shape: [2, 2] }, bias: vector(-0, 0) };
        for (const threshold of [1e-30, 1]) {
          const { step, after } = await clip(adapter, zeros, quietClipper(threshold));
          expectStep(step, { action: 'pass', proceed: true, norm: 0 }, 'for zeros');
          expectUntouched(zeros, after, 'for zeros');
        }
      },
    ),
    adapterCheck(
      'clips down to the threshold',
      'Multiply every element by the factor of the decision; round the factor towards zero where it must be float32.',
      async () => {
        for (const threshold of [1, 0.1, Math.PI, 1e-6]) {
          const { step, after } = await clip(adapter, MIXED, quietClipper(threshold));
          expectStep(step, { action: 'scale', proceed: true, applied: true }, 'above the threshold');
          expectNear(step.normAfter, threshold, 'normAfter');
          expectClipped(jointAfter(MIXED, after), threshold, 2, 'after the clip');
        }
      },
    ),
    adapterCheck(
      'keeps the direction of the gradient',
      'At global scope multiply all tensors by the same factor, the one of the decision.',
      async () => {
        const { step, after } = await clip(adapter, MIXED, quietClipper(0.5));
        expectScaled(MIXED, after, 0.5 / exactNorm(joint(MIXED), 2));
        expectNear(step.factor, 0.5 / exactNorm(joint(MIXED), 2), 'factor');
      },
    ),
    adapterCheck(
      'scales up when a policy answers a factor above 1',
      'Use the factor of the decision as it is, also when it is larger than 1.',
      async () => {
        const doubling = definePolicy<null>({
          name: 'doubling',
          init: () => null,
          decide: () => [{ factor: 2 }, null],
        });
        const { after } = await clip(adapter, MIXED, quietClipper(doubling));
        for (const [tensor, { values }] of Object.entries(MIXED))
          expectValues(
            tensor,
            after,
            values.map((value) => 2 * value),
            'under a factor of 2',
          );
      },
    ),
    adapterCheck(
      'limits each element under a clamp',
      'Apply decision.clamps(name): min and max, element by element; elements within the limit stay as they are.',
      async () => {
        const { step, after } = await clip(adapter, MIXED, quietClipper(clampAt(0.75)));
        expectStep(step, { action: 'clamp', proceed: true }, 'under a clamp');
        for (const [tensor, { values }] of Object.entries(MIXED)) {
          const limited = values.map((value) => Math.min(Math.max(value, -0.75), 0.75));
          expectValues(tensor, after, limited, 'under a clamp of 0.75');
        }
        const wide = await clip(adapter, MIXED, quietClipper(clampAt(2)));
        expectStep(wide.step, { action: 'pass' }, 'when every element is within the clamp');
        expectUntouched(MIXED, wide.after, 'when every element is within the clamp');
      },
    ),
    adapterCheck(
      'changes nothing while it observes',
      'Apply nothing when decision.applied is false: observing reports what would have been done.',
      async () => {
        const clipper = quietClipper(0.5, { observe: true });
        const { step, after } = await clip(adapter, MIXED, clipper);
        expectStep(step, { action: 'scale', applied: false, proceed: true }, 'while observing');
        expectNear(step.norm, exactNorm(joint(MIXED), 2), 'norm');
        expectUntouched(MIXED, after, 'while observing');
        const bad = { kernel: vector(1, NaN, 3) };
        const second = await clip(adapter, bad, quietClipper(0.5, { observe: true, onNonFinite: 'zero' }));
        expectStep(second.step, { applied: false, proceed: true }, 'while observing');
        expectUntouched(bad, second.after, 'while observing');
      },
    ),
  ];
}

function clampAt(clamp: number): ReturnType<typeof definePolicy<null>> {
  return definePolicy<null>({ name: 'clamp', needs: ['maxAbs'], init: () => null, decide: () => [{ clamp }, null] });
}

function expectScaled(tensors: Tensors, after: Values, factor: number): void {
  for (const [tensor, { values }] of Object.entries(tensors))
    values.forEach((value, index) => {
      const got = after[tensor]?.[index];
      if (got !== undefined && Math.abs(got - value * factor) <= 1e-6 * Math.abs(value * factor)) return;
      const what = `expected ${value} to become ${value * factor}, the factor of all being ${factor}, got ${describe(got)}`;
      throw new Finding(what, { tensor, index });
    });
}
