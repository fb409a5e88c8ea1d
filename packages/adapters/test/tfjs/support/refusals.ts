import { expect } from 'vitest';
import { GradclipError } from '@gradclip/core';

/** The refusal, which must say what to do instead. */
export function refusal(error: unknown): GradclipError {
  expect(error).toBeInstanceOf(GradclipError);
  const { code, message, advice } = error as GradclipError;
  expect(code).toMatch(/^[A-Z_]+$/);
  expect(message.endsWith(` ${advice}`)).toBe(true);
  expect(advice).toMatch(/^[A-Z`].{10,}\.$/s);
  return error as GradclipError;
}

/** What a call is refused with. */
export function refused(work: () => unknown): GradclipError {
  try {
    work();
  } catch (error) {
    return refusal(error);
  }
  throw new Error('It was not refused.');
}
