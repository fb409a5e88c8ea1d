import type { Decider } from './decide.ts';
import type { Routing } from './groups.ts';
import type { Json } from './json.ts';

/** Counts of one key, or of a shadow. */
export interface KeyStats {
  /** Norms seen, finite ones. */
  readonly count: number;
  /** Mean and largest of them; NaN before the first. */
  readonly mean: number;
  readonly max: number;
  /** Share of all steps of the key whose gradient was made smaller, 0 to 1. */
  readonly clipRate: number;
}

export interface ClipStats extends KeyStats {
  readonly steps: number;
  /** Clip rate of the last 1,024 steps. */
  readonly recentClipRate: number;
  /** Steps that did not reach the optimizer, bad ones and those a policy skipped; when observing, that would not have. */
  readonly skipped: number;
  /** Steps with a gradient that was not finite. */
  readonly nonFinite: number;
  /** Percentile of the joint norm over the last 1,024 steps, 0 to 100, interpolated linearly; NaN when there is none. */
  percentile(p: number): number;
  readonly keys: ReadonlyMap<string, KeyStats>;
  readonly shadows: Readonly<Record<string, KeyStats & { readonly skipped: number }>>;
}

/** Running counts: O(1) a step. */
export class Tally {
  steps: number = 0;
  count: number = 0;
  mean: number = NaN;
  max: number = NaN;
  clipped: number = 0;
  skipped: number = 0;

  add(norm: number, clipped: boolean): void {
    this.steps++;
    if (clipped) this.clipped++;
    if (!Number.isFinite(norm)) return;
    this.count++;
    // Not a sum, which overflows.
    this.mean = this.count === 1 ? norm : this.mean + (norm - this.mean) / this.count;
    if (!(norm <= this.max)) this.max = norm;
  }

  read(): KeyStats {
    const { count, mean, max, clipped, steps } = this;
    return { count, mean, max, clipRate: steps ? clipped / steps : 0 };
  }

  save(): Json {
    return [this.steps, this.count, this.mean, this.max, this.clipped, this.skipped];
  }

  load([steps = 0, count = 0, mean = NaN, max = NaN, clipped = 0, skipped = 0]: readonly number[]): void {
    Object.assign(this, { steps, count, mean, max, clipped, skipped });
  }
}

/** Steps that are remembered one by one. */
export const RECENT = 1024;

/** The joint norms of the last steps, NaN for a bad one, and which of them were clipped. */
export class Recent {
  #norms: number[] = [];
  #clips: number[] = [];
  #at = 0;
  #clipped = 0;

  add(norm: number, clipped: boolean): void {
    this.#clipped += Number(clipped) - (this.#clips[this.#at] ?? 0);
    this.#norms[this.#at] = norm;
    this.#clips[this.#at] = Number(clipped);
    this.#at = (this.#at + 1) % RECENT;
  }

  /** The last norm that was finite; NaN: none of the last steps had one. */
  get last(): number {
    const { length } = this.#norms;
    for (let back = 1; back <= length; back++) {
      const norm = this.#norms[(this.#at - back + length) % length]!;
      if (Number.isFinite(norm)) return norm;
    }
    return NaN;
  }

  get clipRate(): number {
    return this.#clips.length ? this.#clipped / this.#clips.length : 0;
  }

  /** Percentiles of the steps so far; later steps do not change it. */
  percentiles(): (p: number) => number {
    const sorted = Float64Array.from(this.#norms.filter(Number.isFinite)).sort();
    return (p) => {
      const rank = (p / 100) * (sorted.length - 1);
      const low = sorted[Math.floor(rank)];
      return low === undefined ? NaN : low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
    };
  }

  save(): Json {
    const oldestFirst = (ring: readonly number[]): number[] => [...ring.slice(this.#at), ...ring.slice(0, this.#at)];
    return { norms: oldestFirst(this.#norms), clips: oldestFirst(this.#clips).join('') };
  }

  load({ norms, clips }: SavedRecent): void {
    this.#norms = [...norms];
    this.#clips = Array.from(clips, Number);
    this.#at = norms.length % RECENT;
    this.#clipped = this.#clips.reduce((sum, bit) => sum + bit, 0);
  }
}

/** Oldest first; a clip is 0 or 1. */
export interface SavedRecent {
  readonly norms: readonly number[];
  readonly clips: string;
}

/** The counts, as they are now. */
export function readStats(routing: Routing, decider: Decider): ClipStats {
  const { total, recent, nonFinite } = decider;
  const hosts = routing.lanes.flatMap((lane) => [...lane.hosts.values()]).filter(({ tally }) => tally.steps > 0);
  const shadows = routing.shadows.map(
    ({ name, tally }) => [name, { ...tally.read(), skipped: tally.skipped }] as const,
  );
  return {
    ...total.read(),
    steps: total.steps,
    recentClipRate: recent.clipRate,
    skipped: total.skipped,
    nonFinite,
    percentile: recent.percentiles(),
    keys: new Map(hosts.map(({ key, tally }) => [key, tally.read()])),
    shadows: Object.fromEntries(shadows),
  };
}
