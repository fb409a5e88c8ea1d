import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { decode, encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { keyOf } from '../job.ts';
import type { Result } from '../job.ts';

/** Results in a file, one a line, so that a run that was interrupted loses nothing but the jobs under way. */
export interface ResultFile {
  /** What was there, by key; of two results of one job the later one. */
  readonly known: ReadonlyMap<string, Result>;
  add(result: Result): void;
}

/**
 * Reads the file, when there is one, and appends to it. A last line that was cut off is taken out of the file.
 * @throws Error for another line that is no result
 */
export function openResults(path: string): ResultFile {
  const known = new Map<string, Result>();
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const [i, line] of whole.split('\n').entries()) {
    if (line === '') continue;
    const result = parse(line);
    if (!result) throw new Error(`${path}, line ${i + 1}: this is no result: ${line.slice(0, 60)}`);
    known.set(keyOf(result), result);
  }
  if (whole !== text) writeFileSync(path, whole);
  return { known, add: (result) => appendFileSync(path, `${encode(result as unknown as Json)}\n`) };
}

function parse(line: string): Result | undefined {
  try {
    const result = decode(line) as Partial<Result>;
    return typeof result.task === 'string' && typeof result.value === 'number' ? (result as Result) : undefined;
  } catch {
    return undefined;
  }
}
