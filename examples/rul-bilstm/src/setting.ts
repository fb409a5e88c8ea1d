import type { Shape } from './model.ts';
import { sensors } from './machines.ts';

/** What every run trains with: fixed numbers, so that runs differ in their clipping and in the unit of their loss only. */

/** Cycles the network looks back. */
export const window = 30;

/** Remaining life is told up to this many cycles: wear does not show earlier. */
export const cap = 125;

export const trainingMachines = 80;
export const testMachines = 40;

/** Test windows end this many cycles apart. */
export const testStride = 12;

export const batchSize = 32;

export const shape: Shape = { inputs: sensors, units: 16, attention: 16 };

export const peakRate = 0.01;

/** Share of all steps in which the learning rate rises. */
export const warmupShare = 0.1;

/** What the weights lose in a step, times the learning rate. Biases keep theirs. */
export const weightDecay = 0.01;

/** What stands in the maintenance records where nobody knows how many cycles are left. */
export const unknownLife = 9999;

/** How many training windows have it, of about 12,500. */
export const unknownWindows = 12;

/** Error of telling the mean of all lives, in cycles; it differs by a cycle from seed to seed. */
export const guessing = 43;

/** A run whose error ends above this, in cycles, has failed: half of what guessing gets. */
export const failedBeyond = 21.5;
