import type { Resolution } from './bound.ts';
import type { ClipAction, ClipDecision, StepDecision } from './decision.ts';
import { describe, GradclipError } from './errors.ts';
import type { Layout } from './layout.ts';

/** What is true of a step whatever its keys say. */
export interface StepFacts {
  readonly step: number;
  readonly clock: 'exact' | 'late';
  readonly basedOn: number;
  readonly observe: boolean;
  readonly lossScale: number;
}

/** A step decides: may the optimizer go on? */
function mayProceed(facts: StepFacts, action: ClipAction): boolean {
  return facts.observe || (action !== 'skip' && action !== 'halt');
}

function unknownTensor(name: string): GradclipError {
  return new GradclipError('UNKNOWN_TENSOR', `The tensor ${describe(name)} was not measured in this step.`, {
    where: { tensor: name },
    advice: 'Apply a decision to the tensors it was made for.',
  });
}

/** The outcome of one key. */
export interface KeyOutcome extends Omit<Resolution, 'action'> {
  readonly key: string;
  readonly policy: string;
  readonly norm: number;
  action: ClipAction;
}

/** A step with exactly one key: no column, few allocations, because a small model calls this thousands of times a second. */
export class SingleKeyStep implements StepDecision {
  readonly step: number;
  readonly action: ClipAction;
  readonly proceed: boolean;
  readonly applied: boolean;
  readonly norm: number;
  readonly normAfter: number;
  readonly threshold: number;
  readonly factor: number;
  declare readonly reason?: string;
  readonly #facts: StepFacts;
  readonly #names: readonly string[];
  readonly #outcome: KeyOutcome;
  #known: Set<string> | undefined;
  #decisions: readonly ClipDecision[] | undefined;

  constructor(facts: StepFacts, names: readonly string[], outcome: KeyOutcome, action: ClipAction, reason: string | undefined) {
    this.step = facts.step;
    this.action = action;
    this.proceed = mayProceed(facts, action);
    this.applied = !facts.observe;
    this.norm = outcome.norm;
    this.normAfter = outcome.normAfter;
    this.threshold = outcome.threshold;
    this.factor = outcome.factor;
    if (reason !== undefined) this.reason = reason;
    this.#facts = facts;
    this.#names = names;
    this.#outcome = outcome;
  }

  factors(name: string): Float64Array {
    this.#check(name);
    return Float64Array.of(this.#outcome.factor);
  }

  clamps(name: string): Float64Array {
    this.#check(name);
    return Float64Array.of(this.#outcome.clamp * this.#facts.lossScale);
  }

  get decisions(): readonly ClipDecision[] {
    return (this.#decisions ??= Object.freeze([toDecision(this.#facts, this.#outcome)]));
  }

  #check(name: string): void {
    this.#known ??= new Set(this.#names);
    if (!this.#known.has(name)) throw unknownTensor(name);
  }
}

export function toDecision(facts: Pick<StepFacts, 'step' | 'clock' | 'basedOn'>, outcome: KeyOutcome): ClipDecision {
  const { key, norm, threshold, action, factor, normAfter, policy, reason } = outcome;
  const { step, clock, basedOn } = facts;
  const decision = { step, key, norm, threshold, action, factor, normAfter, policy, clock, basedOn };
  return Object.freeze(reason === undefined ? decision : { ...decision, reason });
}

/** From what does least to what does most: a step takes the last that applies to one of its keys. */
const ACTIONS: readonly ClipAction[] = ['pass', 'scale', 'clamp', 'zero', 'drop', 'skip', 'halt'];
/** A key without elements: no event, no decision. */
const ABSENT = 255;

/** Every key of a step, as columns; filled while the step is decided, then owned by its decision. */
export class Columns {
  readonly norm: Float64Array;
  readonly threshold: Float64Array;
  readonly factor: Float64Array;
  readonly normAfter: Float64Array;
  readonly #action: Uint8Array;
  /** Absent while no key was clamped, because few rules do. */
  clamp: Float64Array | undefined;
  #reasons: Map<number, string> | undefined;

  constructor(keys: number) {
    this.norm = new Float64Array(keys);
    this.threshold = new Float64Array(keys).fill(Infinity);
    this.factor = new Float64Array(keys).fill(1);
    this.normAfter = new Float64Array(keys);
    this.#action = new Uint8Array(keys).fill(ABSENT);
  }

  set(key: number, norm: number, action: ClipAction, out: Resolution): void {
    this.norm[key] = norm;
    this.threshold[key] = out.threshold;
    this.factor[key] = out.factor;
    this.normAfter[key] = out.normAfter;
    this.#action[key] = ACTIONS.indexOf(action);
    if (out.clamp < Infinity) (this.clamp ??= new Float64Array(this.norm.length).fill(Infinity))[key] = out.clamp;
    if (out.reason !== undefined) (this.#reasons ??= new Map()).set(key, out.reason);
  }

  /** undefined: the key had no elements. */
  action(key: number): ClipAction | undefined {
    return ACTIONS[this.#action[key]!];
  }

  reason(key: number): string | undefined {
    return this.#reasons?.get(key);
  }

  /** The strongest action of any key, and the first reason given for it. */
  summary(): { action: ClipAction; reason: string | undefined } {
    let top = 0;
    for (const code of this.#action) if (code !== ABSENT && code > top) top = code;
    const first = this.#reasons && [...this.#reasons.keys()].find((key) => this.#action[key] === top);
    return { action: ACTIONS[top]!, reason: first === undefined ? undefined : this.reason(first) };
  }
}

/** A step with any number of keys. */
export class ManyKeysStep implements StepDecision {
  readonly step: number;
  readonly action: ClipAction;
  readonly proceed: boolean;
  readonly applied: boolean;
  readonly norm: number;
  readonly normAfter: number;
  declare readonly reason?: string;
  readonly #facts: StepFacts;
  readonly #layout: Layout;
  readonly #columns: Columns;
  #decisions: readonly ClipDecision[] | undefined;

  constructor(
    facts: StepFacts,
    layout: Layout,
    columns: Columns,
    joint: { norm: number; normAfter: number; action: ClipAction; reason: string | undefined },
  ) {
    this.step = facts.step;
    this.action = joint.action;
    this.proceed = mayProceed(facts, joint.action);
    this.applied = !facts.observe;
    this.norm = joint.norm;
    this.normAfter = joint.normAfter;
    if (joint.reason !== undefined) this.reason = joint.reason;
    this.#facts = facts;
    this.#layout = layout;
    this.#columns = columns;
  }

  factors(name: string): Float64Array {
    return this.#slice(name, this.#columns.factor);
  }

  clamps(name: string): Float64Array {
    const { clamp } = this.#columns;
    if (clamp) return this.#slice(name, clamp).map((limit) => limit * this.#facts.lossScale);
    return new Float64Array(this.#place(name).count).fill(Infinity);
  }

  get decisions(): readonly ClipDecision[] {
    return (this.#decisions ??= Object.freeze(this.#build()));
  }

  #place(name: string): { first: number; count: number } {
    const i = this.#layout.indexOf.get(name);
    if (i === undefined) throw unknownTensor(name);
    return { first: this.#layout.firstKey[i]!, count: this.#layout.keyCount[i]! };
  }

  #slice(name: string, column: Float64Array): Float64Array {
    const { first, count } = this.#place(name);
    return column.slice(first, first + count);
  }

  #build(): readonly ClipDecision[] {
    const columns = this.#columns;
    const { hosts, lanes } = this.#layout.main;
    return hosts.flatMap(({ key }, k) => {
      const action = columns.action(k);
      if (action === undefined) return [];
      const [norm, threshold] = [columns.norm[k]!, columns.threshold[k]!];
      const [factor, normAfter] = [columns.factor[k]!, columns.normAfter[k]!];
      const shared = { key, policy: lanes[k]!.policy.name, clamp: Infinity, reason: columns.reason(k) };
      return [toDecision(this.#facts, { ...shared, norm, threshold, factor, normAfter, action })];
    });
  }
}
