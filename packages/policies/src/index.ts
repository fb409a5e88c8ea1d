export { fixed } from '@gradclip/core';
export { decaying } from './decaying.ts';
export type { DecayingOptions } from './decaying.ts';
export { movingAverage } from './movingAverage.ts';
export type { MovingAverageOptions } from './movingAverage.ts';
export { percentile } from './percentile.ts';
export type { PercentileOptions } from './percentile.ts';
export { policiesPlugin } from './plugin.ts';
