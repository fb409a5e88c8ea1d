import { definePolicy } from '../../policy.ts';
import type { Check } from '../check.ts';
import { Finding } from '../check.ts';
import { exactNorm } from '../oracle.ts';
import { expectClipped, expectNear, expectStep, expectUntouched, joint, jointAfter } from './expect.ts';
import { MIXED, SEVEN, someValues, vector, withElement } from './gradients.ts';
import { adapterCheck, clip, quietClipper } from './trial.ts';
import type { AdapterUnderTest, Tensors } from './trial.ts';

const LONG = 50_000;

/** How well an adapter measures: magnitudes, lengths, nothing at all; and that one call is one step. */
export function numberChecks<Gradients>(adapter: AdapterUnderTest<Gradients>): readonly Check[] {
  return [
    adapterCheck('reports the norm', 'Sum over all elements of all tensors, in float64.', async () => {
      const sets: readonly Tensors[] = [
        SEVEN,
        MIXED,
        { one: vector(-0.375) },
        { many: vector(...someValues(1_001, 6)) },
      ];
      for (const tensors of sets) {
        const { step } = await clip(adapter, tensors, quietClipper(1_000));
        expectNear(step.norm, exactNorm(joint(tensors), 2), 'norm');
      }
    }),
    adapterCheck(
      'measures the largest element where a policy needs it',
      "Fill in maxAbs, largest |x| a row, when plan.needs has 'maxAbs'.",
      async () => {
        const largest = definePolicy<null>({
          name: 'largest',
          needs: ['maxAbs'],
          init: () => null,
          decide: (_, { maxAbs }) => [maxAbs! / 2, null],
        });
        const { step } = await clip(adapter, MIXED, quietClipper(largest));
        expectNear(step.threshold, exactNorm(joint(MIXED), Infinity) / 2, 'half the largest element,');
      },
    ),
    adapterCheck(
      'does not overflow with large elements',
      'Square in float64: in float32 the square of 1e19 is nearly infinite, and of 1e20 it is.',
      async () => {
        const large = {
          kernel: vector(...[1e19, -1e19, 3e19].map(Math.fround)),
          bias: vector(Math.fround(1e20)),
        };
        const { step, after } = await clip(adapter, large, quietClipper(1));
        expectNear(step.norm, exactNorm(joint(large), 2), 'norm');
        expectClipped(jointAfter(large, after), 1, 2, 'after the clip');
      },
    ),
    adapterCheck(
      'does not underflow with small elements',
      'Square in float64: in float32 the square of 1e-20 has few bits left, and of 1e-23 none.',
      async () => {
        const small = { kernel: vector(...[1e-20, -3e-20, 1e-21].map(Math.fround)), bias: vector(Math.fround(2e-20)) };
        const { step, after } = await clip(adapter, small, quietClipper(1e-21));
        expectNear(step.norm, exactNorm(joint(small), 2), 'norm');
        expectClipped(jointAfter(small, after), 1e-21, 2, 'after the clip');
        const tiny = { kernel: vector(Math.fround(1e-23), Math.fround(-2e-23)) };
        expectNear((await clip(adapter, tiny, quietClipper(1))).step.norm, exactNorm(joint(tiny), 2), 'norm');
      },
    ),
    adapterCheck(
      'is accurate on long tensors',
      'Sum in float64, in blocks or pairwise: a float32 sum drifts with the length.',
      async () => {
        const tenth = Math.fround(0.1);
        const long: Tensors = {
          long: { values: Array.from({ length: LONG }, () => tenth), shape: [LONG] },
          short: vector(tenth),
        };
        const { step, after } = await clip(adapter, long, quietClipper(1));
        expectNear(step.norm, exactNorm(joint(long), 2), 'norm');
        expectClipped(jointAfter(long, after), 1, 2, 'after the clip');
      },
    ),
    adapterCheck('takes empty tensors', 'Give an empty tensor a row of size 0, or leave it out.', async () => {
      const tensors: Tensors = { none: vector(), kernel: vector(3, 4), flat: { values: [], shape: [0, 5] } };
      const { step, after } = await clip(adapter, tensors, quietClipper(1));
      expectNear(step.norm, 5, 'norm');
      expectClipped([...(after['kernel'] ?? [])], 1, 2, 'beside empty tensors');
      const empty = await clip(adapter, { none: vector() }, quietClipper(1, { scope: 'tensor' }));
      expectStep(empty.step, { action: 'pass', proceed: true, norm: 0 }, 'for an empty tensor');
    }),
    adapterCheck(
      'takes an empty set of gradients',
      'Hand the clipper a measurement without rows: it passes with norm 0.',
      async () => {
        for (const norm of [1, 2, Infinity]) {
          const { step } = await clip(adapter, {}, quietClipper(1, { norm }));
          expectStep(step, { action: 'pass', proceed: true, norm: 0 }, 'without gradients');
        }
      },
    ),
    adapterCheck('counts one step a call', 'Call clipper.decide once a call, whatever comes of it.', async () => {
      const clipper = quietClipper(1);
      const bad = withElement(MIXED, 'scale', 0, NaN);
      for (const [number, tensors] of [MIXED, bad, MIXED].entries()) {
        const { step } = await clip(adapter, tensors, clipper);
        if (step.step !== number) throw new Finding(`expected step ${number} at call ${number + 1}, got ${step.step}`);
      }
      const { steps } = clipper.stats();
      if (steps !== 3) throw new Finding(`expected 3 steps after 3 calls, got ${steps}`);
    }),
    adapterCheck(
      'decides each step anew',
      'Keep nothing of a step but scratch space: measure, ask the clipper and apply its answer at every call.',
      async () => {
        const halving = definePolicy<number>({ name: 'halving', init: () => 4, decide: (next) => [next, next / 2] });
        const clipper = quietClipper(halving);
        for (const threshold of [4, 2, 1]) {
          const { after } = await clip(adapter, SEVEN, clipper);
          expectClipped(jointAfter(SEVEN, after), threshold, 2, 'from a policy that halves its threshold each step');
        }
      },
    ),
    adapterCheck(
      'takes another set of tensors at the next step',
      'Measure what is given at each step: a variable without a gradient may be missing.',
      async () => {
        const clipper = quietClipper(1);
        const sets: readonly Tensors[] = [
          { first: vector(3, 4), second: vector(0.5) },
          { second: vector(0.25) },
          { second: vector(3), first: vector(0.5, 0.5) },
        ];
        for (const tensors of sets) {
          const { step, after } = await clip(adapter, tensors, clipper);
          const norm = exactNorm(joint(tensors), 2);
          expectNear(step.norm, norm, `norm of ${Object.keys(tensors).join(' and ')}`);
          if (norm > 1) expectClipped(jointAfter(tensors, after), 1, 2, 'after the clip');
          else expectUntouched(tensors, after, 'below the threshold');
        }
      },
    ),
  ];
}
