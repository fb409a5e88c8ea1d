import type { Random } from '@gradclip/example-compare/worker';
import { runMachines } from './machines.ts';
import { fitScaling } from './scaling.ts';
import { testMachines, testStride, trainingMachines } from './setting.ts';
import { cutWindows, forgetLives } from './windows.ts';
import type { WindowSet } from './windows.ts';

/** Windows of machines of one make. No machine is in both sets. */
export interface Fleet {
  readonly training: WindowSet;
  readonly test: WindowSet;
}

export function createFleet(unknown: number, random: Random): Fleet {
  const machines = runMachines(trainingMachines + testMachines, random);
  const training = machines.slice(0, trainingMachines);
  const scaling = fitScaling(training);
  return {
    training: forgetLives(cutWindows(training, scaling, 1), unknown, random),
    test: cutWindows(machines.slice(trainingMachines), scaling, testStride),
  };
}
