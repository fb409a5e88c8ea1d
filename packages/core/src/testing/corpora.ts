/** Norms of one key, in the order in which they come. */
export interface Corpus {
  readonly name: string;
  readonly norms: readonly number[];
}

/** Numbers in [0, 1) from a seed (mulberry32): the same on every engine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const LENGTH = 120;
const LONG = 2_600;

/** Ordinary training: what every policy has to live through. */
export function ordinaryCorpora(seed: number): readonly Corpus[] {
  const random = seededRandom(seed);
  const noise = () => 0.5 + random();
  return [
    corpus('constant', () => 1),
    corpus('ramp up', (i) => 0.01 * (i + 1)),
    corpus('ramp down', (i) => 2 - i / LENGTH),
    corpus('noise', noise),
    ...[10, 100, 1e6].map((size) => corpus(`spikes of ${size}`, (i) => (i % 17 === 11 ? size : 1) * noise())),
    corpus('zeros', () => 0),
    corpus('zeros among others', (i) => (i % 3 === 0 || (i > 40 && i < 70) ? 0 : noise())),
    corpus('levels', (i) => [1, 8, 0.05][Math.floor(i / 40)]! * noise()),
    corpus('heavy tail', () => (1 - random()) ** (-1 / 1.3)),
  ];
}

/** A bit of everything in one sequence: warm-up, noise, spikes, zeros, a lasting rise, a lasting fall. */
export function mixedCorpus(seed: number): Corpus {
  const random = seededRandom(seed + 1);
  const norms = Array.from({ length: 2 * LENGTH }, (_, i) => {
    const level = i < LENGTH ? 1 : i < 1.5 * LENGTH ? 6 : 0.2;
    if (i % 31 === 23) return level * (i % 2 ? 50 : 1e6);
    return i % 19 === 7 || (i > 90 && i < 98) ? 0 : level * (0.5 + random());
  });
  return { name: 'mixed', norms };
}

/** Long enough to fill the windows people use, and to go round in them: spikes at first, then noise, a fall, a rise. */
export function longCorpus(seed: number): Corpus {
  const random = seededRandom(seed + 2);
  const norms = Array.from({ length: LONG }, (_, i) => {
    const level = i < 1_500 ? 1 : i < 2_200 ? 0.4 : 1.5;
    return (i < 700 && i % 97 === 41 ? 30 : level) * (0.2 + random());
  });
  return { name: 'long', norms };
}

/** The ends of the number range: norms that are finite and come of no network that is well. */
export const EXTREMES: readonly number[] = [0, 5e-324, 1e-300, 1e300, Number.MAX_VALUE];

/** They, from the first norm on for long or once, and within ordinary training in rows and alone. */
export function extremeCorpora(seed: number): readonly Corpus[] {
  const random = seededRandom(seed + 3);
  const extremes = EXTREMES;
  return [
    ...extremes.map((extreme) => corpus(`${extreme} for long`, (i) => (i < 60 ? extreme : 0.5 + random()))),
    ...extremes.map((extreme) => corpus(`${extreme} at times`, (i) => (i % 40 > 34 ? extreme : 0.5 + random()))),
    ...extremes.map((extreme) => corpus(`${extreme} at first`, (i) => (i === 0 ? extreme : 0.5 + random()))),
    ...extremes.map((extreme) =>
      corpus(`${extreme} now and then`, (i) => ([3, 30].includes(i) ? extreme : 0.5 + random())),
    ),
    corpus('all extremes in turn', (i) => (i % 50 < 25 ? extremes[i % extremes.length]! : 0.5 + random())),
  ];
}

/** Norms of a level: noise from half of it to one and a half. */
export function levelNorms(seed: number, levelAt: (i: number) => number, length: number): readonly number[] {
  const random = seededRandom(seed + 4);
  return Array.from({ length }, (_, i) => levelAt(i) * (0.5 + random()));
}

function corpus(name: string, norm: (i: number) => number): Corpus {
  return { name, norms: Array.from({ length: LENGTH }, (_, i) => norm(i)) };
}
