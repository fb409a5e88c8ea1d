export type { ClipBound } from './bound.ts';
export { assertOption, GradclipError } from './errors.ts';
export type { GradientNormEvent, Need, Scope, StepContext } from './event.ts';
export { fixed } from './fixed.ts';
export { decode, encode } from './json.ts';
export type { Json } from './json.ts';
export { definePolicy } from './policy.ts';
export type { ClipPolicy, PolicyLike } from './policy.ts';
