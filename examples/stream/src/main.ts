// A clipper tells its decisions as a stream. A chart does not want every step: RxJS thins it.
import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { bufferCount, map } from 'rxjs';
import { noisyGradient } from './regression.ts';

using clipper = createClipper(percentile({ p: 90, window: 100 }));

// One row for every 50 steps: the largest norm, the threshold at the end, the share of clipped steps.
const rows$ = clipper.decisions$.pipe(
  bufferCount(50),
  map((steps) => ({
    step: steps.at(-1)!.step,
    largest: Math.max(...steps.map(({ norm }) => norm)),
    threshold: steps.at(-1)!.threshold!,
    clipped: steps.filter(({ action }) => action === 'scale').length / steps.length,
  })),
);
rows$.subscribe(({ step, largest, threshold, clipped }) => {
  const bar = '█'.repeat(Math.round(4 * Math.log10(1 + largest)));
  console.log(
    `step ${String(step).padStart(3)}  clipped ${(100 * clipped).toFixed(0).padStart(3)} %  threshold ${threshold.toFixed(2).padStart(6)}  largest norm ${largest.toFixed(1).padStart(8)} ${bar}`,
  );
});

const weights = new Float32Array(20);
for (let step = 0; step < 500; step++) {
  const gradient = noisyGradient(weights, step);
  if (clipBuffers([gradient], clipper).proceed) for (let i = 0; i < 20; i++) weights[i]! -= 0.05 * gradient[i]!;
}
