export { attachClipper } from './attachClipper.ts';
export type { Detach } from './attachClipper.ts';
export { clipGradients, clipGradientsAsync } from './clipGradients.ts';
export type { ClippedGradients, ClipGradientsOptions } from './clipGradients.ts';
export { clipOptimizer } from './clipOptimizer.ts';
export type { ClippedOptimizer } from './clipOptimizer.ts';
export { logsCallback } from './logsCallback.ts';
export type { ClippedBy, ClockOptions, TfjsOptions } from './options.ts';
export { registerClipOptimizer } from './register.ts';
