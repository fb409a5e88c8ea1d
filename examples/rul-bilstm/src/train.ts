import { clipGradients } from '@gradclip/adapters/tfjs';
import { createRandom, createRecorder, findRun } from '@gradclip/example-compare/worker';
import type { Job, RunResult, Watch } from '@gradclip/example-compare/worker';
import { mean, mul, squaredDifference, tensor1d, tensor3d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { AdamW } from './adamW.ts';
import { startBackend } from './backend.ts';
import { createBatches } from './batches.ts';
import { errorOf } from './error.ts';
import { createFleet } from './fleet.ts';
import { createModel } from './model.ts';
import { runs } from './runs.ts';
import { learningRate } from './schedule.ts';
import { batchSize, cap, shape, weightDecay, window } from './setting.ts';

/** Trains the network once. All runs of a seed have the same machines, start from the same weights and see the same batches. */
export async function train(job: Job, _setup: undefined, watch: Watch): Promise<RunResult> {
  const { steps, seed } = job;
  await startBackend();
  const run = findRun(runs, job.run);
  const random = (stream: number) => createRandom(seed * 4 + stream);
  const fleet = createFleet(run.unknown, random(0));
  const model = createModel(shape, random(1));
  const nextBatch = createBatches(fleet.training, batchSize, random(2));
  const decayed = model.variables.filter(({ name }) => !name.includes('bias'));
  const optimizer = new AdamW(weightDecay, decayed);
  const clipper = run.clipper();
  const recorder = createRecorder(job, clipper, watch, () => errorOf(model, fleet.test, 4));

  for (let step = 0, goOn = true; goOn; step++) {
    const { size, inputs, remaining, unknown } = nextBatch();
    const loss = tidy(() => {
      const windows = tensor3d(inputs, [window, size, shape.inputs]);
      const lossOf = (): Scalar =>
        mul(mean(squaredDifference(model.predict(windows), tensor1d(remaining))), run.lossFactor);
      const { value, grads } = variableGrads(lossOf, [...model.variables]);
      const clipped = recorder.time(() => clipGradients(grads, clipper));
      if (clipped.grads) optimizer.step(clipped.grads, learningRate(step, steps));
      return value.dataSync()[0]!;
    });
    goOn = recorder.step({ curve: (loss / run.lossFactor) * cap * cap, marked: unknown, lost: !Number.isFinite(loss) });
  }
  const result = recorder.result(errorOf(model, fleet.test));
  optimizer.dispose();
  model.dispose();
  return result;
}
