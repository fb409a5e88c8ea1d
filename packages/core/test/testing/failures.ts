import { GradclipError } from '@gradclip/core';
import type { Check } from '@gradclip/core/testing';

/** Runs the checks and returns what failed, in order, at most `limit` of them. Anything but a CHECK_FAILED is thrown on. */
export async function failuresOf(checks: readonly Check[], limit: number = Infinity): Promise<GradclipError[]> {
  const failures: GradclipError[] = [];
  for (const check of checks) {
    if (failures.length >= limit) break;
    try {
      await check.run();
    } catch (thrown) {
      if (!(thrown instanceof GradclipError) || thrown.code !== 'CHECK_FAILED' || thrown.where['check'] !== check.name)
        throw thrown;
      failures.push(thrown);
    }
  }
  return failures;
}

export function namesOf(failures: readonly GradclipError[]): readonly string[] {
  return failures.map(({ where }) => String(where['check']));
}
