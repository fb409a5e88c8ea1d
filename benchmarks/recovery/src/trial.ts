import { compare } from './compare.ts';
import type { Outcome } from './compare.ts';
import { LATE } from './events.ts';
import type { Event } from './events.ts';
import { calmNorms } from './norms.ts';
import type { Rule } from './rules.ts';
import { Subject } from './subject.ts';
import { ASKED, CHECKS, Track } from './track.ts';

/** Steps in which a rule without memory, or a step that no policy sees, shows all it does. */
const SOON = 100;

export interface Trial {
  /** By name of the event. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What is left of a spike of 1,000 in calm training, in calm norms. */
  readonly spikeAfter: number;
}

/** One rule, one seed: each event against the same run without it. */
export function trial(rule: Rule, seed: number, events: readonly Event[]): Trial {
  const { spec, memory, tolerance = 0.1, asked = ASKED } = rule;
  const starts = [...new Set([LATE, ...events.flatMap(({ from, takes }) => [from, from + takes])])];
  const norms = calmNorms(seed, Math.max(...starts) + CHECKS.at(-1)!);
  const calm = new Track(new Subject(spec), norms, asked, starts);
  const outcomes = events.map(({ name, from, takes, norms: normsOf, level }): [string, Outcome] => {
    const end = from + takes;
    const own = normsOf(norms.subarray(from, end));
    const subject = new Subject(spec, calm.saved(from));
    for (const norm of own) subject.clip(norm);
    const run = new Track(subject, norms.subarray(end), asked, [0], level);
    const isOver = memory === 'none' || own.some((norm) => !Number.isFinite(norm));
    const last = isOver ? SOON : CHECKS.at(-1)!;
    return [name, compare({ without: (check) => calm.at(check, end), run: (check) => run.at(check) }, tolerance, last)];
  });
  return { outcomes: new Map(outcomes), spikeAfter: calm.at(0, LATE).at(-1)! * asked.at(-1)! };
}
