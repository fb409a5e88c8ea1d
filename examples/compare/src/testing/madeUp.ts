import { did } from '../history.ts';
import type { RunResult } from '../result.ts';

/** A result with made-up numbers: every third step clipped, the first skipped, one step marked. */
export function madeUp(run: string, changes: Partial<RunResult> = {}): RunResult {
  const steps = changes.steps ?? 40;
  const at = Array.from({ length: steps }, (_, step) => step);
  return {
    job: { run, seed: 1, steps: 40 },
    ending: 'finished',
    steps,
    value: 0.875,
    clipRate: 0.3,
    skipped: 1,
    largestNorm: 2345,
    clipperShare: 0.0025,
    seconds: 1.5,
    alerts: [],
    history: {
      curve: Float32Array.from(at, (step) => 2.3 / (1 + step / 10)),
      norm: Float64Array.from(at, (step) => 5 + Math.sin(step)),
      threshold: Float64Array.from(at, (step) => (step < 5 ? Infinity : 4)),
      action: Uint8Array.from(at, (step) => (step === 0 ? did.skip : step % 3 === 0 ? did.clip : did.pass)),
      marked: Uint8Array.from(at, (step) => (step === 7 ? 1 : 0)),
    },
    ...changes,
  };
}
