export { applyToBuffers, clipBuffers, measureBuffers } from './buffers.ts';
export type { BufferOptions } from './buffers.ts';
export type { BufferSet, GradientBuffer } from './set.ts';
