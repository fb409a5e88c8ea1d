import { GradclipError } from '@gradclip/core';
import { expect } from 'vitest';

/** The error a call throws, which must be one of this project. */
export function errorOf(call: () => unknown): GradclipError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(GradclipError);
    return error as GradclipError;
  }
  return expect.fail('it did not throw');
}

/** Its code. */
export function codeOf(call: () => unknown): string {
  return errorOf(call).code;
}

/** Promises that nobody caught while `run` ran and a little later; Node ends a process over one. */
export async function unhandledRejections(run: () => unknown): Promise<unknown[]> {
  const others = process.listeners('unhandledRejection');
  const unhandled: unknown[] = [];
  const listener = (cause: unknown): void => void unhandled.push(cause);
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listener);
  try {
    await run();
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', listener);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return unhandled;
}

/** Exceptions thrown where nobody catches them, which is how RxJS reports a subscriber that threw. */
export async function uncaughtExceptions(run: () => unknown): Promise<unknown[]> {
  const others = process.listeners('uncaughtException');
  const uncaught: unknown[] = [];
  const listener = (cause: unknown): void => void uncaught.push(cause);
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', listener);
  try {
    await run();
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('uncaughtException', listener);
    for (const other of others) process.on('uncaughtException', other);
  }
  return uncaught;
}
