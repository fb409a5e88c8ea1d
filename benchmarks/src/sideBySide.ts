/** One way to do a thing. `run` does it `calls` times and returns something, so that it is not optimised away. */
export interface Variant {
  readonly name: string;
  run(calls: number): unknown;
}

export interface Timing {
  readonly name: string;
  /** Median over the rounds, nanoseconds a call. */
  readonly ns: number;
  /** Median over the rounds of the ratio to the first variant of the same round. */
  readonly ratio: number;
}

const ROUNDS = 21;
const SAMPLE_MS = 15;
const WARM_UP_MS = 1000;

/** Times all variants in every round, the order rotating, so that a slow phase of the machine hits all alike. */
export function sideBySide(variants: readonly Variant[]): readonly Timing[] {
  const calls = variants.map(callsFor);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const ns = new Float64Array(variants.length);
    for (let i = 0; i < variants.length; i++) {
      const turn = (i + round) % variants.length;
      ns[turn] = time(variants[turn]!, calls[turn]!);
    }
    return ns;
  });
  return variants.map(({ name }, i) => ({
    name,
    ns: median(rounds.map((ns) => ns[i]!)),
    ratio: median(rounds.map((ns) => ns[i]! / ns[0]!)),
  }));
}

/** How many calls fill a sample, once the code is warm. */
function callsFor(variant: Variant): number {
  const start = performance.now();
  while (performance.now() - start < WARM_UP_MS) variant.run(1);
  let calls = 1;
  while (time(variant, calls) * calls < SAMPLE_MS * 1e6) calls *= 2;
  return calls;
}

function time(variant: Variant, calls: number): number {
  const start = performance.now();
  variant.run(calls);
  return ((performance.now() - start) * 1e6) / calls;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
}
