import type { Measurement } from '@gradclip/core';
import { isTrue, sumOfSquares } from './norms.ts';
import type { Span } from './shape.ts';

/** The columns of a measurement, a row for each tensor or unit of one. Made once for a set of tensors, filled each step. */
export class Rows {
  /** Rows offsets[i] to offsets[i+1]-1 are the units of tensor i. */
  readonly offsets: Int32Array;
  readonly power: Float64Array;
  /** Finite elements. */
  readonly size: Float64Array;
  readonly maxAbs: Float64Array | undefined;
  /** Powers of two; undefined: no row needs one. */
  scale: Float64Array | undefined;
  nonFinite: number = 0;
  firstBad: Measurement['firstBad'];
  readonly #order: number;
  readonly #spans: readonly Span[];
  /** Largest magnitudes. */
  readonly #top: Float64Array;
  /** All 1 when a step begins; made when it is first needed. */
  #scales: Float64Array | undefined;
  /** By unit: what additions have lost. */
  readonly #lost: Float64Array;

  constructor(order: number, spans: readonly Span[], withMaxAbs: boolean) {
    this.offsets = new Int32Array(spans.length + 1);
    let most = 0;
    spans.forEach(({ units }, i) => {
      this.offsets[i + 1] = this.offsets[i]! + units;
      most = Math.max(most, units);
    });
    const count = this.offsets[spans.length]!;
    this.power = new Float64Array(count);
    this.size = new Float64Array(count);
    this.#order = order;
    this.#spans = spans;
    this.#top = order === Infinity ? this.power : new Float64Array(count);
    this.maxAbs = withMaxAbs ? this.#top : undefined;
    this.#lost = new Float64Array(most);
    this.#fillSizes();
  }

  begin(): void {
    this.scale?.fill(1);
    this.scale = undefined;
    if (!this.nonFinite) return;
    this.nonFinite = 0;
    this.firstBad = undefined;
    this.#fillSizes();
  }

  #fillSizes(): void {
    this.#spans.forEach(({ buffer, units }, i) =>
      this.size.fill(buffer.length / units, this.offsets[i], this.offsets[i + 1]),
    );
  }

  /** Makes NaN of the rows with an element that is not finite. */
  spoil(): void {
    this.#spans.forEach(({ buffer, units }, i) => {
      for (let row = this.offsets[i]!; row < this.offsets[i + 1]!; row++)
        if (this.size[row]! < buffer.length / units) this.power[row] = NaN;
    });
  }

  /** Measures tensor i: the quick way, and the careful way if that was not good enough. */
  measure(i: number, span: Span): void {
    const first = this.offsets[i]!;
    const end = this.offsets[i + 1]!;
    const order = this.#order;
    const isScanned = order === Infinity || this.maxAbs !== undefined;
    if (isScanned) this.#scan(span, first);
    if (order === Infinity) return;
    if (span.units === 1 && order === 2) this.power[first] = sumOfSquares(span.buffer, span.wide);
    else if (span.inner === 1 && order === 2) this.#sumColumns(span, first);
    else this.#sum(span, first);
    for (let row = first; row < end; row++) {
      if (isTrue(this.power[row]!, span.wide, order)) continue;
      if (!isScanned) this.#scan(span, first);
      this.#sumCarefully(span, first);
      return;
    }
  }

  /** Finds the largest magnitudes, and the elements that are not finite. */
  #scan({ name, buffer, units, inner }: Span, first: number): void {
    const top = this.#top.fill(0, first, first + units);
    for (let i = 0; i < buffer.length;)
      for (let row = first; row < first + units; row++) {
        let largest = top[row]!;
        for (const end = i + inner; i < end; i++) {
          const x = Math.abs(buffer[i]!);
          if (x < Infinity) largest = x > largest ? x : largest;
          else {
            this.size[row]!--;
            this.nonFinite++;
            this.firstBad ??= { name, index: i, value: buffer[i]! };
          }
        }
        top[row] = largest;
      }
  }

  /** Scales what would leave the range, leaves out what is not finite. */
  #sumCarefully(span: Span, first: number): void {
    const scales = (this.#scales ??= new Float64Array(this.power.length).fill(1));
    for (let row = first; row < first + span.units; row++) {
      const top = this.#top[row]!;
      const term = top ** this.#order;
      if (top === 0 || (term > 1e-280 && term * this.size[row]! < 1e300)) continue;
      scales[row] = powerOfTwo(top);
      this.scale = scales;
    }
    this.#sum(span, first, scales);
  }

  /** The sums of squares of the columns of a matrix, row by row. */
  #sumColumns({ buffer, units }: Span, first: number): void {
    const power = this.power.fill(0, first, first + units);
    const lost = this.#lost.fill(0, 0, units);
    for (let i = 0; i < buffer.length;)
      for (let unit = 0; unit < units; unit++, i++) {
        const term = buffer[i]! * buffer[i]!;
        const sum = power[first + unit]!;
        const next = sum + term;
        const added = next - sum;
        lost[unit]! += sum - (next - added) + (term - added);
        power[first + unit] = next;
      }
    for (let unit = 0; unit < units; unit++) power[first + unit]! += lost[unit]!;
  }

  /**
   * Adds up |x|^order with compensation; an element that is not finite makes its row NaN or infinite. With scales it adds
   * up |x / scale|^order, and leaves such elements out.
   */
  #sum({ buffer, units, inner }: Span, first: number, scales?: Float64Array): void {
    const order = this.#order;
    const power = this.power.fill(0, first, first + units);
    const lost = this.#lost.fill(0, 0, units);
    for (let i = 0; i < buffer.length;)
      for (let unit = 0, row = first; unit < units; unit++, row++) {
        let sum = power[row]!;
        let rest = lost[unit]!;
        for (const end = i + inner; i < end; i++) {
          let x = Math.abs(buffer[i]!);
          if (scales) {
            if (!(x < Infinity)) continue;
            x /= scales[row]!;
          }
          const term = order === 2 ? x * x : order === 1 ? x : x ** order;
          // What this addition loses, exactly, without a branch that could be mispredicted.
          const next = sum + term;
          const added = next - sum;
          rest += sum - (next - added) + (term - added);
          sum = next;
        }
        power[row] = sum;
        lost[unit] = rest;
      }
    for (let unit = 0; unit < units; unit++) power[first + unit]! += lost[unit]!;
  }
}

/** The largest power of two that is not above x, or one next to it. Dividing by it is exact. */
function powerOfTwo(x: number): number {
  return 2 ** Math.min(Math.floor(Math.log2(x)), 1023);
}
