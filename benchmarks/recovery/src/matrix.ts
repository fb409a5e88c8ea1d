import { textOf } from './call.ts';
import type { Difference, Outcome } from './compare.ts';
import { events } from './events.ts';
import type { Event } from './events.ts';
import { rules } from './rules.ts';
import type { Rule } from './rules.ts';
import { trial } from './trial.ts';

export const SEEDS: readonly number[] = [1, 2, 3];
/** What takes so many steps is no recovery. */
const SLOW = 5000;

/** What one event does to one rule. */
export interface Cell {
  /** Calm steps until the decisions are those without the event, of the middle seed and of the worst. */
  readonly steps: number;
  readonly worst: number;
  /** Of the worst seed; absent where no decision was another one. */
  readonly difference?: Difference;
}

export interface Row {
  readonly policy: string;
  readonly memory: Rule['memory'];
  /** Whether decisions count as the same within 40 %. */
  readonly wanders: boolean;
  /** What is left of a spike of 1,000 in calm training, in calm norms; the middle seed. */
  readonly spikeAfter: number;
  /** By name of the event. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** What a rule that does not get over something does when it is called in another way. */
export interface Repair {
  readonly policy: string;
  readonly repaired: string;
  /** By name of the event; those after which the rule alone is other for 5,000 steps or more. */
  readonly cells: Readonly<Record<string, { readonly alone: Cell; readonly repaired: Cell }>>;
}

export interface Matrix {
  readonly rows: readonly Row[];
  readonly repairs: readonly Repair[];
}

/** Everything, in some seconds. */
export function measure(progress: (policy: string) => void = () => {}): Matrix {
  const rows = rules.map((rule): Row => {
    const policy = textOf(rule.spec);
    progress(policy);
    return { policy, memory: rule.memory, wanders: rule.tolerance !== undefined, ...cellsOf(rule, events) };
  });
  const repairs = rules.flatMap((rule, i) => {
    const { policy, cells } = rows[i]!;
    const hurt = events.filter(({ name }) => cells[name]!.worst >= SLOW);
    return rule.repairs.map((repair): Repair => {
      const repaired = textOf(repair.spec);
      progress(repaired);
      const own = rows.find((row) => row.policy === repaired)?.cells ?? cellsOf(repair, hurt).cells;
      const pairs = hurt.map(({ name }) => [name, { alone: cells[name]!, repaired: own[name]! }] as const);
      return { policy, repaired, cells: Object.fromEntries(pairs) };
    });
  });
  return { rows, repairs };
}

function cellsOf(rule: Rule, of: readonly Event[]): Pick<Row, 'cells' | 'spikeAfter'> {
  const trials = SEEDS.map((seed) => trial(rule, seed, of));
  const cells = of.map(({ name }): [string, Cell] => [name, cellOf(trials.map(({ outcomes }) => outcomes.get(name)!))]);
  return { cells: Object.fromEntries(cells), spikeAfter: middle(trials.map((each) => each.spikeAfter)) };
}

function cellOf(outcomes: readonly Outcome[]): Cell {
  const [worst] = outcomes.toSorted((a, b) => b.steps - a.steps || timesOf(b) - timesOf(a));
  const { steps, difference } = worst!;
  return { steps: middle(outcomes.map((each) => each.steps)), worst: steps, ...(difference && { difference }) };
}

function timesOf({ difference }: Outcome): number {
  return difference?.times ?? 1;
}

function middle(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}
