import type { Check } from '../check.ts';
import { Finding } from '../check.ts';
import { exactNorm } from '../oracle.ts';
import { expectClipped, expectNear, expectUntouched, expectValues, joint, jointAfter } from './expect.ts';
import { MIXED, SEVEN, someValues, vector } from './gradients.ts';
import { adapterCheck, clip, quietClipper } from './trial.ts';
import type { AdapterUnderTest, Tensors } from './trial.ts';

/** What a norm is taken of, and which norm. */
export function scopeChecks<Gradients>(adapter: AdapterUnderTest<Gradients>): readonly Check[] {
  return [
    adapterCheck(
      'clips each group by the joint norm of its tensors',
      'Use decision.factors(name) for each tensor; the clipper puts tensors together by the names that are measured.',
      async () => {
        const groups = [
          { match: 'encoder/', policy: 0.5 },
          { match: 'decoder/', policy: 0.25 },
          { policy: Infinity, name: 'rest' },
        ];
        const { after } = await clip(adapter, MIXED, quietClipper(groups));
        const of = (...names: string[]) => names.flatMap((name) => after[name] ?? []);
        expectClipped(of('encoder/kernel', 'encoder/bias'), 0.5, 2, 'for the group encoder/');
        expectClipped(of('decoder/kernel'), 0.25, 2, 'for the group decoder/');
        expectValues('scale', after, MIXED['scale']!.values, 'for a group that is off');
        const before = MIXED['encoder/bias']!.values[0]! / MIXED['encoder/kernel']!.values[0]!;
        expectNear(
          Math.abs(of('encoder/bias')[0]! / of('encoder/kernel')[0]!),
          Math.abs(before),
          'the ratio within a group',
        );
      },
    ),
    adapterCheck(
      'clips each tensor by its own norm',
      "Use decision.factors(name) for each tensor when the plan's scope is tensor.",
      async () => {
        const tensors = { large: vector(3, -4), small: vector(0.25, 0.5), none: vector(0) };
        const { step, after } = await clip(adapter, tensors, quietClipper(1, { scope: 'tensor' }));
        expectClipped([...(after['large'] ?? [])], 1, 2, 'for the tensor above the threshold');
        expectValues('small', after, [0.25, 0.5], 'for the tensor below the threshold');
        expectValues('none', after, [0], 'for the tensor of zeros');
        const keys = step.decisions.map(({ key }) => key);
        if (keys.length !== 3 || !Object.keys(tensors).every((key) => keys.includes(key)))
          throw new Finding(`expected a decision each for large, small and none, got ${keys.join(', ')}`);
      },
    ),
    adapterCheck(
      'clips each unit along the last axis by its own norm',
      "Where plan.scopeOf(name) is 'unit', give one row a place on the last axis, and offsets; vectors and scalars are one unit.",
      async () => {
        const tensors: Tensors = {
          kernel: { values: [3, 0.25, -6, 4, 0.5, 8], shape: [2, 3] }, // units (3, 4), (0.25, 0.5), (-6, 8)
          filter: { values: [0.5, 6, 0, 8, 0.25, 0, 0, 0], shape: [2, 2, 2] },
          bias: vector(3, 4),
          scale: { values: [0.5], shape: [] },
        };
        const { step, after } = await clip(adapter, tensors, quietClipper(1, { scope: 'unit' }));
        const unit = (name: string, i: number, count: number) =>
          (after[name] ?? []).filter((_, at) => at % count === i);
        for (const i of [0, 2]) expectClipped(unit('kernel', i, 3), 1, 2, `for unit ${i} of a [2, 3] tensor`);
        expectValues('unit 1', { 'unit 1': unit('kernel', 1, 3) }, [0.25, 0.5], 'below the threshold');
        expectValues('unit 0', { 'unit 0': unit('filter', 0, 2) }, [0.5, 0, 0.25, 0], 'below the threshold');
        expectClipped(unit('filter', 1, 2), 1, 2, 'for unit 1 of a [2, 2, 2] tensor');
        expectClipped([...(after['bias'] ?? [])], 1, 2, 'for a vector, which is one unit');
        expectValues('scale', after, [0.5], 'for a scalar below the threshold');
        if (step.decisions.length !== 7) throw new Finding(`expected 7 units, got ${step.decisions.length}`);
      },
    ),
    adapterCheck(
      'measures in the order of the clipper',
      'Sum |x|^p for p = plan.order; for p = Infinity take the largest |x|.',
      async () => {
        for (const order of [1, 2, 3, Infinity]) {
          const { step, after } = await clip(adapter, MIXED, quietClipper(0.5, { norm: order }));
          expectNear(step.norm, exactNorm(joint(MIXED), order), `${order}-norm`);
          expectClipped(jointAfter(MIXED, after), 0.5, order, `in the ${order}-norm`);
        }
        const units: Tensors = { kernel: { values: someValues(8, 9), shape: [4, 2] } };
        for (const order of [1, 3, Infinity]) {
          const { step } = await clip(adapter, units, quietClipper(Infinity, { norm: order, scope: 'unit' }));
          const column = units['kernel']!.values.filter((_, i) => i % 2 === 1);
          expectNear(step.decisions[1]?.norm, exactNorm(column, order), `${order}-norm of a unit`);
        }
      },
    ),
    adapterCheck(
      'keeps the names and the order of the tensors',
      'Measure tensors in the order in which they are given, under the names they are given.',
      async () => {
        const names = Object.keys(SEVEN).join(', ');
        const { step, after } = await clip(adapter, SEVEN, quietClipper(100, { scope: 'tensor' }));
        const keys = step.decisions.map(({ key }) => key).join(', ');
        if (keys !== names) throw new Finding(`expected decisions for ${names}, got ${keys}`);
        const read = Object.keys(after).join(', ');
        if (read !== names) throw new Finding(`expected the gradients ${names}, got ${read}`);
        expectUntouched(SEVEN, after, 'below the threshold');
      },
    ),
  ];
}
