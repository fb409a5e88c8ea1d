import { PassThrough } from 'node:stream';
import type { ImageSet } from '../src/data.ts';
import { did } from '../src/history.ts';
import type { RunResult } from '../src/result.ts';

/** A result with made-up numbers: every third step clipped, the first skipped, one damaged batch. */
export function result(run: string, changes: Partial<RunResult> = {}): RunResult {
  const steps = changes.steps ?? 40;
  const at = Array.from({ length: steps }, (_, step) => step);
  return {
    job: { run, seed: 1, steps: 40 },
    ending: 'finished',
    steps,
    accuracy: 0.875,
    clipRate: 0.3,
    skipped: 1,
    largestNorm: 2345,
    clipperShare: 0.0025,
    seconds: 1.5,
    alerts: [],
    history: {
      loss: Float32Array.from(at, (step) => 2.3 / (1 + step / 10)),
      norm: Float64Array.from(at, (step) => 5 + Math.sin(step)),
      threshold: Float64Array.from(at, (step) => (step < 5 ? Infinity : 4)),
      action: Uint8Array.from(at, (step) => (step === 0 ? did.skip : step % 3 === 0 ? did.clip : did.pass)),
      damaged: Uint8Array.from(at, (step) => (step === 7 ? 1 : 0)),
    },
    ...changes,
  };
}

/** A run that lost its weights at step 12. */
export const failure: RunResult = result('none', { ending: 'failed', steps: 12, accuracy: 0.1, largestNorm: Infinity });

/** A few images without meaning. */
export function images(count: number): ImageSet {
  return {
    images: Float32Array.from({ length: count * 784 }, (_, i) => (i % 11) / 10),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}

/** A stream that keeps what is written; a terminal of so many columns when they are given. */
export function capture(columns?: number): NodeJS.WriteStream & { text(): string } {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  const terminal = columns === undefined ? {} : { isTTY: true, columns, rows: 50 };
  return Object.assign(stream, terminal, { text: () => chunks.join('') }) as never;
}
