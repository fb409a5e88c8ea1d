import type { Task } from './task.ts';
import { digits } from './tasks/digitsTask.ts';
import { drift } from './tasks/drift.ts';
import { faults } from './tasks/faults.ts';
import { scales } from './tasks/scales.ts';
import { temporalOrder } from './tasks/temporalOrder.ts';
import { text } from './tasks/textTask.ts';

/** Every task, in the order of the report. */
export const tasks: readonly Task[] = [scales, drift, temporalOrder, faults, digits, text];

/** @throws Error when there is none of that name */
export function findTask(name: string): Task {
  const found = tasks.find((task) => task.name === name);
  if (found) return found;
  throw new Error(`There is no task '${name}'. There are ${tasks.map((task) => task.name).join(', ')}.`);
}
