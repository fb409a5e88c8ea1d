export { applyToBuffers, clipBuffers, measureBuffers } from './buffers.ts';
export type { BufferOptions, ClipOptions } from './buffers.ts';
export type { BufferSet, GradientBuffer } from './set.ts';
