import { GradclipError } from '@gradclip/core';

/**
 * Throws before anything has changed: "Tensor W is detached. Clip before transferring it."
 * @throws GradclipError always
 */
export function refuse(code: string, tensor: string | undefined, what: string, advice: string): never {
  const subject = tensor === undefined ? 'Gradients' : `Tensor ${tensor}`;
  throw new GradclipError(code, `${subject} ${what}.`, { where: tensor === undefined ? {} : { tensor }, advice });
}

/** What a value is, in one word: Float32Array, Array, Null, Object. Works across realms. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
