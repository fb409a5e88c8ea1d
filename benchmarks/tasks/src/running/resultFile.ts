import { appendFileSync, closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { decode, encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { keyOf } from '../job.ts';
import type { Result } from '../job.ts';

/** Results by key. */
export type Known = ReadonlyMap<string, Result>;

/**
 * Reads results, one a line; of two results of one job the later one counts. A line that was cut off, when a process was
 * killed while it wrote, is passed over.
 * @throws Error for a line of something else, and when the file cannot be read
 */
export function readResults(path: string): Known {
  const known = new Map<string, Result>();
  for (const [i, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line === '') continue;
    const result = parse(line);
    if (result) known.set(keyOf(result), result);
    else if (!isBeginning(line)) throw new Error(`${path}, line ${i + 1}: this is no result: ${line.slice(0, 60)}`);
  }
  return known;
}

/**
 * Gives a function that adds a result as one line, at once, so that nothing is lost but the jobs under way. What is in the
 * file is never written over: several processes may add to it.
 * @throws Error when the file cannot be written
 */
export function openForAdding(path: string): (result: Result) => void {
  closeSync(openSync(path, 'a'));
  let cutOff = lastByteOf(path) !== '\n';
  return (result) => {
    appendFileSync(path, `${cutOff ? '\n' : ''}${encode(result as unknown as Json)}\n`);
    cutOff = false;
  };
}

/** A line feed for an empty file, too: nothing is cut off there. */
function lastByteOf(path: string): string {
  const { size } = statSync(path);
  if (size === 0) return '\n';
  const file = openSync(path, 'r');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, size - 1);
    return byte.toString('latin1');
  } finally {
    closeSync(file);
  }
}

function parse(line: string): Result | undefined {
  try {
    const result = decode(line) as Partial<Result>;
    return typeof result.task === 'string' && typeof result.value === 'number' ? (result as Result) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the line begins as every result does, and has no end. */
function isBeginning(line: string): boolean {
  const start = '{"task":"';
  return !line.endsWith('}') && (line.startsWith(start) || start.startsWith(line));
}
