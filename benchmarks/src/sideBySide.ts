/**
 * One way to do a thing. `run` does it `calls` times and returns something, so that it is not optimised away; it may
 * answer with a promise. */
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

/** How long it takes: the defaults are those of a quiet machine and of calls below a millisecond. */
export interface Settings {
  /** Default 21. */
  readonly rounds?: number;
  /** How long one variant runs in a round, at least. Default 15. */
  readonly sampleMs?: number;
  /** Default 1000. */
  readonly warmUpMs?: number;
}

/** Times all variants in every round, the order rotating, so that a slow phase of the machine hits all alike. */
export async function sideBySide(variants: readonly Variant[], settings: Settings = {}): Promise<readonly Timing[]> {
  const { rounds: count = 21, sampleMs = 15, warmUpMs = 1000 } = settings;
  const calls: number[] = [];
  for (const variant of variants) calls.push(await callsFor(variant, sampleMs, warmUpMs));
  const rounds: Float64Array[] = [];
  for (let round = 0; round < count; round++) {
    const ns = new Float64Array(variants.length);
    for (let i = 0; i < variants.length; i++) {
      const turn = (i + round) % variants.length;
      ns[turn] = await time(variants[turn]!, calls[turn]!);
    }
    rounds.push(ns);
  }
  return variants.map(({ name }, i) => ({
    name,
    ns: median(rounds.map((ns) => ns[i]!)),
    ratio: median(rounds.map((ns) => ns[i]! / ns[0]!)),
  }));
}

/** How many calls fill a sample, once the code is warm. */
async function callsFor(variant: Variant, sampleMs: number, warmUpMs: number): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < warmUpMs) await variant.run(1);
  let calls = 1;
  while ((await time(variant, calls)) * calls < sampleMs * 1e6) calls *= 2;
  return calls;
}

async function time(variant: Variant, calls: number): Promise<number> {
  const start = performance.now();
  await variant.run(calls);
  return ((performance.now() - start) * 1e6) / calls;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
}
