/** Something that happens to a run. */
export interface Event {
  readonly name: string;
  /** How many calm norms come before it. */
  readonly from: number;
  /** How many calm norms it takes the place of. */
  readonly takes: number;
  /** The norms of the event, in order; those whose place it takes are given. */
  norms(calm: Float64Array): readonly number[];
  /** What all norms after it are multiplied by. */
  readonly level: number;
}

/** Calm steps before an event that is to meet a rule in full swing. */
export const LATE = 1000;
const RAMP = 1000;

export const BAD_NORMS: readonly string[] = ['NaN', 'Infinity', '0', '1e-300', '1e300'];
export const TIMES: readonly string[] = ['first', 'fourth', 'late'];

export const events: readonly Event[] = [
  ...BAD_NORMS.flatMap((norm) => TIMES.map((when) => inserted(`${norm} ${when}`, when, Number(norm)))),
  inserted('zeros first', 'first', ...Array<number>(20).fill(0)),
  inserted('zeros late', 'late', ...Array<number>(20).fill(0)),
  inserted('spike 10', 'late', 10),
  inserted('spike 1000', 'late', 1000),
  { name: 'rise', from: LATE, takes: 0, norms: () => [], level: 100 },
  { name: 'fall', from: LATE, takes: 0, norms: () => [], level: 0.01 },
  {
    name: 'ramp',
    from: LATE,
    takes: RAMP,
    norms: (calm) => Array.from(calm, (norm, i) => norm * 100 ** (i / RAMP)),
    level: 100,
  },
];

function inserted(name: string, when: string, ...norms: readonly number[]): Event {
  const from = { first: 0, fourth: 3 }[when] ?? LATE;
  return { name, from, takes: 0, norms: () => norms, level: 1 };
}
