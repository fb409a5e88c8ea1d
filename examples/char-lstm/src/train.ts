import { dispose, train as optimizers } from '@tensorflow/tfjs-core';
import { clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import { createRandom, createRecorder, findRun, shuffle } from '@gradclip/example-compare/worker';
import type { Job, RunResult, Watch } from '@gradclip/example-compare/worker';
import { startBackend } from './backend.ts';
import { bitsPerLetter } from './bits.ts';
import { createModel, crossEntropy } from './model.ts';
import { runs } from './runs.ts';
import { sequencesAt, spread, startsIn } from './sequences.ts';
import { batchSize, heldOutSequences, learningRate } from './setting.ts';
import type { Text } from './text.ts';

/** Trains the network once. All runs of a seed start from the same weights and see the same sequences in the same order. */
export async function train(job: Job, text: Text, watch: Watch): Promise<RunResult> {
  await startBackend();
  const { steps, seed } = job;
  const { rate, clipper } = findRun(runs, job.run);

  const model = createModel(seed);
  const sgd = optimizers.sgd(rate);
  const optimizer = clipOptimizer(sgd, clipper());
  model.compile({ optimizer, loss: crossEntropy });

  const starts = startsIn(text.training);
  shuffle(starts, createRandom(seed));
  const batches = Math.min(steps, Math.floor(starts.length / batchSize));
  const training = sequencesAt(text.training, starts.subarray(0, batches * batchSize));
  const heldOut = sequencesAt(text.heldOut, spread(text.heldOut, heldOutSequences));
  const few = sequencesAt(text.heldOut, spread(text.heldOut, heldOutSequences / 8));

  const recorder = createRecorder(job, optimizer.clipper, watch, () => bitsPerLetter(model, few));
  let step = 0;
  const record = {
    onBatchEnd(_: number, logs: { loss: number }) {
      step++;
      sgd.setLearningRate(learningRate(rate, step, steps));
      const goOn = recorder.step({ curve: logs.loss, lost: !Number.isFinite(logs.loss) });
      if (!goOn) model.stopTraining = true;
    },
  };

  await model.fit(training.inputs, training.targets, {
    batchSize,
    epochs: Math.ceil(steps / batches),
    shuffle: false,
    verbose: 0,
    callbacks: [record, logsCallback(optimizer.clipper)],
  });
  const result = recorder.result(bitsPerLetter(model, heldOut));
  dispose([training, heldOut, few].map(({ inputs, targets }) => [inputs, targets]));
  model.dispose();
  optimizer.dispose();
  return result;
}
