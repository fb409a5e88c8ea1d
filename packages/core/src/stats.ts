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
  /** Steps that did not reach the optimizer: bad ones and those a policy skipped. */
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
    this.max = this.count === 1 ? norm : Math.max(this.max, norm);
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

const RECENT = 1024;

/** The last joint norms, and which of the last steps were clipped. */
export class Recent {
  #norms: number[] = [];
  #clips: number[] = [];
  #normAt = 0;
  #clipAt = 0;
  #clipped = 0;

  add(norm: number, clipped: boolean): void {
    if (Number.isFinite(norm)) {
      this.#norms[this.#normAt] = norm;
      this.#normAt = (this.#normAt + 1) % RECENT;
    }
    this.#clipped += Number(clipped) - (this.#clips[this.#clipAt] ?? 0);
    this.#clips[this.#clipAt] = Number(clipped);
    this.#clipAt = (this.#clipAt + 1) % RECENT;
  }

  get clipRate(): number {
    return this.#clips.length ? this.#clipped / this.#clips.length : 0;
  }

  percentile(p: number): number {
    const sorted = Float64Array.from(this.#norms).sort();
    const rank = (p / 100) * (sorted.length - 1);
    const low = sorted[Math.floor(rank)];
    if (low === undefined) return NaN;
    return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
  }

  save(): Json {
    return { norms: [...this.#norms], normAt: this.#normAt, clips: this.#clips.join(''), clipAt: this.#clipAt };
  }

  load(saved: { norms: number[]; normAt: number; clips: string; clipAt: number }): void {
    this.#norms = [...saved.norms];
    this.#normAt = saved.normAt;
    this.#clips = Array.from(saved.clips, Number);
    this.#clipAt = saved.clipAt;
    this.#clipped = this.#clips.reduce((sum, bit) => sum + bit, 0);
  }
}
