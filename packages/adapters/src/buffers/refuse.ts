import { GradclipError } from '@gradclip/core';

/**
 * Throws before anything has changed: "Tensor W is detached. Clip before you transfer it."
 * Without a tensor it is about the gradients as a whole.
 * @throws GradclipError always
 */
export function refuse(code: string, what: string, advice: string, tensor?: string): never {
  const isOne = tensor !== undefined;
  throw new GradclipError(code, `${isOne ? `Tensor ${tensor}` : 'Gradients'} ${what}.`, {
    where: isOne ? { tensor } : {},
    advice,
  });
}

/** What a value is, in one word: Float32Array, Array, Null, Object. Works across realms. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
