import * as published from '@gradclip/policies';
import { adaptive, constant } from './candidate.ts';
import type { Candidate } from './candidate.ts';

/** Rules from papers and repositories with their own defaults; what they have no default for is in the name. */
export const publishedCandidates: readonly Candidate[] = [
  ...[10, 50, 90].map((p) => adaptive(`auto-clip-${p}`, () => published.autoClip({ p }))),
  adaptive('auto-clip-50-last-200', () => published.autoClip({ p: 50, window: 200 })),
  adaptive('z-clip', () => published.zClip()),
  adaptive('z-clip-no-cap', () => published.zClip({ maxGradNorm: Infinity })),
  adaptive('ada-gc', () => published.adaGC()),
  adaptive('ada-gc-global', () => published.adaGC({ scope: 'global' })),
  adaptive('agc', () => published.agc()),
  adaptive('aggc', (totalSteps) => published.aggc({ totalSteps })),
  adaptive('quantile-tracking-90', () => published.quantileTracking({ targetQuantile: 0.9, initialEstimate: 'first' })),
  adaptive('quantile-tracking-50', () => published.quantileTracking({ targetQuantile: 0.5, initialEstimate: 'first' })),
  adaptive('log-norm', () => published.logNorm()),
  adaptive('two-averages', () => published.twoAverages()),
  adaptive('norm-queue', () => published.normQueue()),
  adaptive('median-x1', () => published.medianMultiple()),
  adaptive('median-x2', () => published.medianMultiple({ multiple: 2 })),
  adaptive('median-periodic', () => published.medianMultiple({ kind: 'periodic' })),
  adaptive('mean-plus-std', () => published.meanPlusStd()),
  adaptive('mean-plus-std-open-sora', () => published.meanPlusStd({ variant: 'openSora' })),
  adaptive('skip-spikes', () => published.skipSpikes({ on: 'norm' })),
  adaptive('target-clip-rate', () => published.targetClipRate({ low: 0.1, high: 0.3 })),
  constant('block-rms', () => published.blockRms()),
  constant('average-norm-0.01', () => published.averageNorm({ clipNorm: 0.01 })),
  constant('clip-value-0.1', () => published.clipValue({ value: 0.1 })),
  constant('normalize', () => published.normalize()),
  constant('smooth-clip', () => published.smoothClip()),
  constant('auto-s', () => published.autoS()),
  constant('psac', () => published.psac()),
];
