// The published optimizers, written again from their formulas in the plainest way: one element at a time, whole histories
// where the rule has a recursion. Each takes all gradients of a tensor and answers with what its own update goes on with.
type Steps = readonly (readonly number[])[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const columns = (steps: Steps): number[][] => steps[0]!.map((_, i) => steps.map((step) => step[i]!));
const rows = (series: readonly (readonly number[])[], count: number): number[][] =>
  Array.from({ length: count }, (_, t) => series.map((one) => one[t]!));

/** g^2 of step s weighs (1 - beta) * beta^(t - s) in the moment after step t. */
const moment = (squares: readonly number[], beta: number): number =>
  sum(squares.map((square, s) => (1 - beta) * beta ** (squares.length - 1 - s) * square));

export function spamReference(steps: Steps, theta: number, beta2: number, deltaT: number, quiet: number): number[][] {
  const series = columns(steps).map((element) => {
    const kept: number[] = [];
    let cycle: number[] = [];
    element.forEach((g, s) => {
      const current = s + 1;
      if (current % deltaT === 0) cycle = [];
      const v = moment(cycle, beta2);
      const spikes = current >= quiet && current % deltaT >= quiet && g * g > theta * v;
      const clipped = spikes ? Math.sign(g) * Math.sqrt(theta * v) : g;
      kept.push(clipped);
      cycle.push(clipped * clipped);
    });
    return kept;
  });
  return rows(series, steps.length);
}

export function adafactorReference(steps: Steps, d: number, decayRate: number, eps1: number): number[][] {
  const v = steps[0]!.map(() => 0);
  return steps.map((g, s) => {
    const beta = 1 - Math.pow(s + 1, -decayRate);
    const u = g.map((x, i) => x / Math.sqrt((v[i] = beta * v[i]! + (1 - beta) * (x ** 2 + eps1))));
    const rms = Math.sqrt(sum(u.map((x) => x ** 2)) / u.length);
    return g.map((x) => x / Math.max(1, rms / d));
  });
}

/** With v = (1 - beta2) * sum beta2^(t - s) g_s^2 / (1 - beta2^t): Adam's bias corrected moment, which is the same. */
export function stableAdamWReference(steps: Steps, beta2: number, eps: number): number[][] {
  return steps.map((g, s) => {
    const ratios = g.map((x, i) => {
      const squares = steps.slice(0, s + 1).map((step) => step[i]! ** 2);
      return x ** 2 / Math.max(moment(squares, beta2) / (1 - beta2 ** (s + 1)), eps ** 2);
    });
    return g.map((x) => x / Math.max(1, Math.sqrt(sum(ratios) / g.length)));
  });
}

export function adoptReference(steps: Steps, beta2: number, eps: number, exponent: number): number[][] {
  const v = steps[0]!.map((x) => x * x);
  return steps.map((g, t) => {
    if (t === 0) return g.map(() => 0);
    return g.map((x, i) => {
      const root = Math.max(Math.sqrt(v[i]!), eps);
      const normed = x / root;
      const limit = t ** exponent;
      v[i] = beta2 * v[i]! + (1 - beta2) * x * x;
      return Math.min(limit, Math.max(-limit, normed)) * root;
    });
  });
}

/** `bound` clips a whole gradient; the carry is the difference of two sums. */
export function uClipReference(steps: Steps, bound: (g: readonly number[]) => number[]): number[][] {
  const sent: number[][] = [];
  for (const t of steps.keys()) {
    const total = (list: Steps, i: number): number => sum(list.map((step) => step[i]!));
    const owed = steps[t]!.map((_, i) => total(steps.slice(0, t + 1), i) - total(sent, i));
    sent.push(bound(owed));
  }
  return sent;
}

export interface StableSpamNumbers {
  readonly gamma1: number;
  readonly gamma2: number;
  readonly gamma3: number;
  readonly eps: number;
  readonly deltaT: number;
  readonly totalT: number | null;
  readonly etaMin: number;
  readonly guarded: boolean;
}

export function stableSpamReference(steps: Steps, options: StableSpamNumbers): number[][] {
  const { gamma1, gamma2, gamma3, eps, deltaT, totalT, etaMin, guarded } = options;
  let [count, M, m, v] = [0, 0, 0, 0];
  return steps.map((g, s) => {
    const done = s + 1;
    count++;
    const top = Math.max(...g.map(Math.abs));
    M = gamma3 * M + (1 - gamma3) * top;
    const T = M / (1 - gamma3 ** count);
    const clipped = g.map((x) => (Math.abs(x) > T ? (x / top) * T : x));
    const n = Math.sqrt(sum(clipped.map((x) => x * x)));
    const scale = totalT === null ? 1 : etaMin + 0.5 * (1 - etaMin) * (1 + Math.cos((Math.PI * done) / (totalT + 1)));
    const beta = gamma1 * scale;
    m = beta * m + (1 - beta) * n;
    v = gamma2 * v + (1 - gamma2) * n ** 2;
    const wanted = m / (1 - beta ** count) / (Math.sqrt(v / (1 - gamma2 ** count)) + eps);
    if (!guarded && done % deltaT === 0) count = 1;
    return n > 0 ? clipped.map((x) => (x / n) * wanted) : clipped;
  });
}
