import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper } from '@gradclip/core';
import type { Job, RunResult, Watch } from '../src/worker.ts';
import { createRecorder } from '../src/worker.ts';

/** Gradients of norm 5, every fourth of norm 50, under the policy in the name of the run; every sixth step is marked. */
export async function train({ run, ...job }: Job, _setup: unknown, watch: Watch): Promise<RunResult> {
  const threshold = Number(/^fixed-(.*)/.exec(run)?.[1] ?? Infinity);
  const clipper = createClipper(threshold);
  const recorder = createRecorder({ run, ...job }, clipper, watch, () => 0.5);
  for (let step = 0, goOn = true; goOn; step++) {
    const size = step % 4 === 3 ? 10 : 1;
    await Promise.resolve();
    recorder.time(() => clipBuffers({ w: Float32Array.of(3 * size, 4 * size) }, clipper));
    goOn = recorder.step({ curve: 1 / (step + 1), marked: step % 6 === 0 ? 1 : 0 });
  }
  return recorder.result(0.875);
}
