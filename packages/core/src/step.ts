import type { Resolution } from './bound.ts';
import type { ClipAction, ClipDecision, StepDecision } from './decision.ts';
import { describe, GradclipError } from './errors.ts';
import { normOfNorms } from './measurement.ts';

/** What is true of a step whatever its keys say. */
export interface StepFacts {
  readonly step: number;
  readonly clock: 'exact' | 'late';
  readonly basedOn: number;
  readonly observe: boolean;
  readonly lossScale: number;
}

/** The keys of a step, and which of them are a tensor's. */
export interface StepKeys {
  readonly main: {
    readonly hosts: readonly { readonly key: string }[];
    readonly lanes: readonly { readonly policy: { readonly name: string } }[];
  };
  /** First key of a tensor, and how many it has: 1, or its units. undefined: not in this step. */
  place(name: string): readonly [first: number, count: number] | undefined;
}

/** From what does least to what does most: a step takes the last that applies to one of its keys. */
const RANK: Readonly<Record<ClipAction, number>> = { pass: 0, scale: 1, clamp: 2, zero: 3, drop: 4, skip: 5, halt: 6 };

/** Columns of numbers, one after the other in one array: one allocation a step. */
const [NORM, THRESHOLD, FACTOR, CLAMP, NORM_AFTER, WIDTH] = [0, 1, 2, 3, 4, 5] as const;

/** Every key of a step as columns, because an object per key costs too much at 1e5 units. */
export class Columns {
  /** undefined for a key without elements: it has no event and no decision. */
  readonly actions: (ClipAction | undefined)[] = [];
  readonly #keys: number;
  readonly #numbers: Float64Array | number[];
  #reasons: Map<number, string> | undefined;
  #present = 0;
  /** The strongest action of any key, and the first reason given for it. */
  action: ClipAction = 'pass';
  reason: string | undefined;

  constructor(keys: number) {
    this.#keys = keys;
    // One key is the usual case, and a plain array is made five times faster.
    this.#numbers = keys === 1 ? [NaN, NaN, NaN, NaN, NaN] : new Float64Array(keys * WIDTH);
  }

  /** The next key. */
  add(norm: number, action: ClipAction | undefined, out: Resolution): void {
    const keys = this.#keys;
    const k = this.actions.push(action) - 1;
    const numbers = this.#numbers;
    numbers[NORM * keys + k] = norm;
    numbers[THRESHOLD * keys + k] = out.threshold;
    numbers[FACTOR * keys + k] = out.factor;
    numbers[CLAMP * keys + k] = out.clamp;
    numbers[NORM_AFTER * keys + k] = out.normAfter;
    if (action === undefined) return;
    this.#present++;
    const { reason } = out;
    if (reason !== undefined) (this.#reasons ??= new Map()).set(k, reason);
    if (action === this.action) this.reason ??= reason;
    else if (RANK[action] > RANK[this.action]) {
      this.action = action;
      this.reason = reason;
    }
  }

  /** The key, where there is exactly one with elements. */
  only(): number | undefined {
    return this.#present === 1 ? this.actions.findIndex((action) => action !== undefined) : undefined;
  }

  threshold(k: number): number {
    return this.#numbers[THRESHOLD * this.#keys + k]!;
  }

  factor(k: number): number {
    return this.#numbers[FACTOR * this.#keys + k]!;
  }

  /** Copies, so that nobody can change what is applied. */
  factors(from: number, to: number): Float64Array {
    return this.#slice(FACTOR, from, to);
  }

  clamps(from: number, to: number): Float64Array {
    return this.#slice(CLAMP, from, to);
  }

  /** Of all keys together. */
  normAfter(order: number): number {
    if (this.#keys === 1) return this.#numbers[NORM_AFTER]!;
    return normOfNorms(this.#slice(NORM_AFTER, 0, this.#keys), order);
  }

  /** Whether what was done to a key made its gradient smaller. */
  isSmaller(k: number): boolean {
    return this.factor(k) < 1 || this.#numbers[CLAMP * this.#keys + k]! < Infinity;
  }

  decisions(facts: StepFacts, { hosts, lanes }: StepKeys['main']): readonly ClipDecision[] {
    const read = (column: number, k: number): number => this.#numbers[column * this.#keys + k]!;
    return this.actions.flatMap((action, k) => {
      if (action === undefined) return [];
      const outcome = {
        key: hosts[k]!.key,
        norm: read(NORM, k),
        threshold: read(THRESHOLD, k),
        action,
        factor: read(FACTOR, k),
        normAfter: read(NORM_AFTER, k),
        policy: lanes[k]!.policy.name,
        reason: this.#reasons?.get(k),
      };
      return [toDecision(facts, outcome)];
    });
  }

  #slice(column: number, from: number, to: number): Float64Array {
    const part = this.#numbers.slice(column * this.#keys + from, column * this.#keys + to);
    return part instanceof Float64Array ? part : Float64Array.from(part);
  }
}

/** What a decision says beside when it was made. */
export interface KeyOutcome extends Omit<ClipDecision, 'step' | 'clock' | 'basedOn' | 'reason'> {
  readonly reason: string | undefined;
}

/** Frozen, because observers and the training loop share it. */
export function toDecision(facts: Pick<StepFacts, 'step' | 'clock' | 'basedOn'>, outcome: KeyOutcome): ClipDecision {
  const { key, norm, threshold, action, factor, normAfter, policy, reason } = outcome;
  const { step, clock, basedOn } = facts;
  const decision = { step, key, norm, threshold, action, factor, normAfter, policy, clock, basedOn };
  return Object.freeze(reason === undefined ? decision : { ...decision, reason });
}

/** What is said of all keys together. */
export interface JointOutcome {
  readonly norm: number;
  readonly normAfter: number;
  readonly action: ClipAction;
  readonly reason: string | undefined;
}

/** The decision of a step; see {@link StepDecision}. */
export class Step implements StepDecision {
  readonly step: number;
  readonly action: ClipAction;
  readonly proceed: boolean;
  readonly applied: boolean;
  readonly norm: number;
  readonly normAfter: number;
  declare readonly threshold?: number;
  declare readonly factor?: number;
  declare readonly reason?: string;
  readonly #facts: StepFacts;
  readonly #keys: StepKeys;
  readonly #columns: Columns;
  #decisions: readonly ClipDecision[] | undefined;

  constructor(facts: StepFacts, keys: StepKeys, columns: Columns, { norm, normAfter, action, reason }: JointOutcome) {
    this.step = facts.step;
    this.action = action;
    this.proceed = facts.observe || (action !== 'skip' && action !== 'halt');
    this.applied = !facts.observe;
    this.norm = norm;
    this.normAfter = normAfter;
    const only = columns.only();
    if (only !== undefined) {
      this.threshold = columns.threshold(only);
      this.factor = columns.factor(only);
    }
    if (reason !== undefined) this.reason = reason;
    this.#facts = facts;
    this.#keys = keys;
    this.#columns = columns;
  }

  factors(name: string): Float64Array {
    const [first, count] = this.#place(name);
    return this.#columns.factors(first, first + count);
  }

  clamps(name: string): Float64Array {
    const [first, count] = this.#place(name);
    return this.#columns.clamps(first, first + count).map((limit) => limit * this.#facts.lossScale);
  }

  get decisions(): readonly ClipDecision[] {
    return (this.#decisions ??= Object.freeze(this.#columns.decisions(this.#facts, this.#keys.main)));
  }

  #place(name: string): readonly [first: number, count: number] {
    const place = this.#keys.place(name);
    if (!place) throw unknownTensor(name);
    return place;
  }
}

export function unknownTensor(name: string): GradclipError {
  return new GradclipError('UNKNOWN_TENSOR', `The tensor ${describe(name)} was not measured in this step.`, {
    where: { tensor: name },
    advice: 'Apply a decision to the tensors it was made for.',
  });
}
