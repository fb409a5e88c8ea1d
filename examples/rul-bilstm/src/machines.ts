import { gaussian } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';

/** Readings of each cycle. */
export const sensors = 10;

/** Loads a machine runs under; each moves the readings of every sensor to another level. */
export const regimes = 3;

/** One machine from new to broken. */
export interface Machine {
  /** Cycles until it breaks, an integer. Cycle c has life - 1 - c cycles left. */
  readonly life: number;
  /** `sensors` readings a cycle, in the units of the sensors. */
  readonly readings: Float32Array;
  /** The load of each cycle, 0 to regimes - 1. */
  readonly regime: Uint8Array;
}

/** How a sensor answers wear and load. All machines have the same sensors. */
interface Sensor {
  /** Reading of a new machine under each load. */
  readonly levels: readonly number[];
  /** Change from new to broken, in standard deviations of its noise. */
  readonly trend: number;
  /** Wear to this power is what it sees: above 1 it sees wear late. */
  readonly power: number;
  /** Standard deviation of its noise. */
  readonly noise: number;
}

/** Rising and falling, early and late, and two that know nothing of wear. */
const trends = [10, -10, 8, -8, 6, -6, 12, -12, 0, 0];
const powers = [1, 1, 0.6, 0.6, 1, 1.5, 2, 1.5, 1, 1];

/** How often a reading is a glitch, 0 to 1. */
const glitchRate = 2e-4;
/** The smallest glitch and, where the converter ends, the largest, in standard deviations of the noise. */
const glitchSizes = [5, 5000] as const;

/**
 * Runs machines until they break. Wear grows exponentially from a random start at a random pace; readings are a level
 * by load, plus a trend with wear, plus Gaussian noise, plus a rare glitch whose size has a heavy tail.
 */
export function runMachines(count: number, random: Random): readonly Machine[] {
  const kinds = Array.from({ length: sensors }, (_, i) => drawSensor(i, random));
  return Array.from({ length: count }, () => runMachine(kinds, random));
}

function drawSensor(i: number, random: Random): Sensor {
  const noise = 10 ** (2 * random() - 1);
  const levels = Array.from({ length: regimes }, () => noise * 30 * random());
  return { levels, noise, trend: trends[i]!, power: powers[i]! };
}

function runMachine(kinds: readonly Sensor[], random: Random): Machine {
  // Wear grows by a factor e in `pace` cycles, and the machine breaks at 1.
  const pace = 32 + 16 * random();
  const start = 0.003 * 10 ** random();
  const life = Math.floor(pace * Math.log(1 / start));
  const readings = new Float32Array(life * sensors);
  const regime = new Uint8Array(life);
  let load = Math.floor(regimes * random());
  for (let cycle = 0; cycle < life; cycle++) {
    if (random() < 0.1) load = Math.floor(regimes * random());
    regime[cycle] = load;
    const wear = start * Math.exp(cycle / pace);
    kinds.forEach(({ levels, trend, power, noise }, i) => {
      const deviations = trend * wear ** power + gaussian(random) + glitch(random);
      readings[cycle * sensors + i] = levels[load]! + noise * deviations;
    });
  }
  return { life, readings, regime };
}

/** Mostly 0. The size of a glitch is Pareto distributed: twice as large is half as frequent. */
function glitch(random: Random): number {
  if (random() >= glitchRate) return 0;
  const [least, most] = glitchSizes;
  const size = Math.min(least / (1 - random()), most);
  return random() < 0.5 ? -size : size;
}
