import type { GradientArray } from '../../stage.ts';
import { seededRandom } from '../corpora.ts';

/** The gradients of one tensor, in the order in which they come. */
export interface GradientSequence {
  readonly name: string;
  readonly tensor: string;
  readonly length: number;
  readonly gradients: readonly GradientArray[];
}

const STEPS = 90;
const LENGTH = 6;
/** Squares of them are finite and above 0 in float64; so are twice they in the type they are stored in. */
const ENDS = { float32: [1e37, 1e-37, 1e-45], float64: [1e150, 1e-150] } as const;

type Kind = keyof typeof ENDS;
const make: Readonly<Record<Kind, (values: readonly number[]) => GradientArray>> = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
};
const KINDS: readonly Kind[] = ['float32', 'float64'];

/** Ordinary training, in both types of elements: spikes, steps of zeros, a rise, a fall, an element that wakes late. */
export function ordinaryGradients(seed: number): readonly GradientSequence[] {
  const random = seededRandom(seed);
  const noise = () => 2 * random() - 1;
  return KINDS.flatMap((kind) => [
    sequence('constant', kind, LENGTH, (_, i) => (i % 2 ? -1 : 0.5)),
    sequence('noise', kind, LENGTH, noise),
    sequence('zeros', kind, LENGTH, () => 0),
    sequence('a bit of everything', kind, LENGTH, (step, i) => {
      const level = step < 35 ? 1 : step < 60 ? 20 : 0.01;
      const spike = step % 17 === 11 && i % 2 ? (step % 2 ? 10 : 1e4) : 1;
      return step % 23 === 19 || (i === 5 && step < 30) ? 0 : level * spike * noise();
    }),
  ]);
}

/** Tensors with no elements, and with one. */
export function shortGradients(seed: number): readonly GradientSequence[] {
  const random = seededRandom(seed + 1);
  return KINDS.flatMap((kind) => [
    sequence('no elements', kind, 0, () => 0),
    sequence('one element', kind, 1, () => 2 * random() - 1),
  ]);
}

/** Elements at the ends of their type, at first and in rows later. */
export function extremeGradients(seed: number): readonly GradientSequence[] {
  const random = seededRandom(seed + 2);
  return KINDS.flatMap((kind) =>
    ENDS[kind].flatMap((end) =>
      [0, 40].map((first) =>
        sequence(`${end} from step ${first}`, kind, LENGTH, (step, i) => {
          const isEnd = step >= first && step < first + 5;
          return isEnd && i !== 2 ? (i % 2 ? -end : end) : 2 * random() - 1;
        }),
      ),
    ),
  );
}

function sequence(name: string, kind: Kind, length: number, at: (step: number, i: number) => number): GradientSequence {
  const gradients = Array.from({ length: STEPS }, (_, step) =>
    make[kind](Array.from({ length }, (_unused, i) => at(step, i))),
  );
  return { name: `${name}, ${kind}`, tensor: 'dense/kernel', length, gradients };
}
