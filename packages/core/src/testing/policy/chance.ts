/** What Math.random returns, and what the first reading of a clock says and how far it goes at each further one, in ms. */
export interface Chance {
  readonly random: number;
  readonly now: number;
  readonly tick: number;
}

/** The ends of what may happen: the smallest and the largest random number, a clock that stands and one that races. */
export const LOW: Chance = { random: 0, now: 1e12, tick: 0 };
export const HIGH: Chance = { random: 1 - 2 ** -53, now: 1.7e12, tick: 123_456_789 };

/** Runs with random numbers and clocks that say what they are told, and puts the real ones back. */
export function withChance<Result>({ random, now, tick }: Chance, body: () => Result): Result {
  const { Date: RealDate, Math: realMath, performance: realPerformance } = globalThis;
  const realRandom = realMath.random;
  const realNow = realPerformance.now;
  let readings = 0;
  const read = () => now + tick * readings++;
  const toldDate = new Proxy(RealDate, {
    apply: () => new RealDate(read()).toString(),
    construct: (date, fields: unknown[]) => Reflect.construct(date, fields.length ? fields : [read()]) as Date,
    get: (date, field) => (field === 'now' ? read : (Reflect.get(date, field) as unknown)),
  });
  try {
    globalThis.Date = toldDate;
    realMath.random = () => random;
    realPerformance.now = read;
    return body();
  } finally {
    globalThis.Date = RealDate;
    realMath.random = realRandom;
    realPerformance.now = realNow;
  }
}
