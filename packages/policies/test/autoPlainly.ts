/** The rule as docs/auto.md says it, without any care for speed or for other engines. */
export function plainly(norms: readonly number[]): {
  answers: { threshold: number; target: number }[];
  phases: string[];
} {
  const [K, patience] = [128, 2000];
  let [level, calm, held, hits, evidence] = [0, 0, 0, 0, 0];
  let known = { level: 0, calm: 0 };
  let median = Infinity;
  const answers: { threshold: number; target: number }[] = [];
  const phases: string[] = [];
  const take = (newLevel: number, newCalm: number): void => {
    [level, calm, held, hits, evidence] = [newLevel, newCalm, 0, 0, 0];
  };
  norms.forEach((_, t) => {
    const threshold = level > 0 ? level * Math.min(2.5, 1.25 / calm) : Infinity;
    answers.push({ threshold, target: Math.min(threshold, median) });
    const window = norms.slice(Math.max(0, t + 1 - K), t + 1);
    median = window.toSorted((a, b) => a - b)[(window.length - 1) >> 1]!;
    const steps = norms
      .slice(1, t + 1)
      .map((each, i) => Math.min(Math.log(1000), Math.abs(Math.log(each / norms[i]!))))
      .slice(-K);
    const scatter = steps.reduce((a, b) => a + b, 0) / Math.max(8, steps.length);
    const isStart = window.length <= K / 2;
    const isFar = isStart && level > 0 && median > 1000 * level;
    if (level === 0 || median < level || isFar) {
      if (held >= K) known = { level, calm };
      take(median, scatter);
      phases.push(isFar ? 'far' : isStart ? 'start' : 'lower');
    } else if (isStart) {
      level = Math.min(median, level * 1.01);
      calm = scatter;
      phases.push('start');
    } else if (window.length === K && window.filter((each) => each > 2.5 * level).length > 0.9 * K) {
      hits++;
      const isQuiet = scatter <= 1.25 * Math.max(calm, 0.1);
      const isReturn = !isQuiet && median <= 2.5 * known.level && scatter <= 1.25 * Math.max(known.calm, 0.1);
      evidence = isQuiet || isReturn ? evidence + 1 : Math.max(0, evidence - 1);
      phases.push(isQuiet ? 'quiet rise' : 'noisy rise');
      if (evidence >= K / 2) {
        take(median, isReturn ? known.calm : calm);
        phases.push(isReturn ? 'return' : 'restart');
      } else level *= 1 + hits / patience ** 2;
    } else {
      if (scatter <= 1.25 * Math.max(calm, 0.1)) level = Math.min(median, level * (1 + 1 / patience));
      held++;
      evidence = 0;
      phases.push('else');
    }
  });
  return { answers, phases };
}
