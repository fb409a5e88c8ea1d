import { createRandom } from '@gradclip/example-compare/worker';
import { describe, expect, test } from 'vitest';
import { createBatches } from '../src/batches.ts';
import { createFleet } from '../src/fleet.ts';
import { runMachines, sensors } from '../src/machines.ts';
import type { Machine } from '../src/machines.ts';
import { fitScaling, scale } from '../src/scaling.ts';
import { cap, guessing, window } from '../src/setting.ts';
import { collect, cutWindows, forgetLives } from '../src/windows.ts';

const machines = runMachines(30, createRandom(1));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('machines', () => {
  test('follow the seed', () => {
    expect(runMachines(30, createRandom(1))).toEqual(machines);
    expect(runMachines(30, createRandom(2))).not.toEqual(machines);
  });

  test('live 110 to 280 cycles, under three loads', () => {
    for (const { life, regime, readings } of machines) {
      expect(life).toBeGreaterThan(110);
      expect(life).toBeLessThan(280);
      expect(regime.length).toBe(life);
      expect(readings.length).toBe(life * sensors);
    }
    expect(new Set(machines.flatMap(({ regime }) => [...regime]))).toEqual(new Set([0, 1, 2]));
  });

  test('end with readings far from those they began with, but for two sensors', () => {
    const scaling = fitScaling(machines);
    const scaled = machines.map((machine) => scale(machine, scaling));
    const clipped = (value: number): number => Math.max(-20, Math.min(20, value)); // glitches
    const difference = (sensor: number): number =>
      mean(scaled.map((values) => clipped(values.at(sensor - sensors)!))) -
      mean(scaled.map((values) => clipped(values[sensor]!)));
    const differences = Array.from({ length: sensors }, (_, sensor) => difference(sensor));
    expect(differences.map((value) => (Math.abs(value) < 1 ? 0 : Math.sign(value)))).toEqual([
      1, -1, 1, -1, 1, -1, 1, -1, 0, 0,
    ]);
  });

  test('have glitches with a heavy tail', () => {
    const many = runMachines(200, createRandom(3));
    const scaling = fitScaling(many);
    const flat = many.flatMap((machine) => [...scale(machine, scaling)].filter((_, i) => i % sensors >= 8));
    const share = (least: number): number => flat.filter((value) => Math.abs(value) > least).length / flat.length;
    expect(share(10)).toBeGreaterThan(4e-5); // 2e-4 * 5 / 10, were it not for chance
    expect(share(10)).toBeLessThan(2e-4);
    expect(share(50)).toBeGreaterThan(0);
  });
});

test('no glitch moves the scaling', () => {
  const spoilt = machines.map(({ readings, ...rest }, i) => ({
    ...rest,
    readings: i === 0 ? readings.map((reading, at) => (at === 5 ? 1e9 : reading)) : readings,
  }));
  const [one, other] = [fitScaling(machines), fitScaling(spoilt)];
  one.spread.forEach((spread, i) => expect(Math.abs(other.centre[i]! - one.centre[i]!)).toBeLessThan(0.05 * spread));
});

describe('windows', () => {
  // One machine whose readings tell cycle and sensor, and a scaling that leaves them.
  const life = 160;
  const machine: Machine = {
    life,
    readings: Float32Array.from({ length: life * sensors }, (_, i) => i),
    regime: new Uint8Array(life),
  };
  const plain = { centre: new Float64Array(3 * sensors), spread: new Float64Array(3 * sensors).fill(1) };
  const set = cutWindows([machine], plain, 10);

  test('end with the machine, and know the cycles left up to the cap', () => {
    expect([...set.first]).toEqual([130, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0]);
    expect(Array.from(set.remaining, (share) => Math.round(share * cap))).toEqual([
      0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 125,
    ]);
  });

  test('lie in a batch cycle by cycle', () => {
    const { inputs, remaining, size, unknown } = collect(set, [13, 0]);
    expect({ size, unknown, length: inputs.length }).toEqual({ size: 2, unknown: 0, length: window * 2 * sensors });
    expect([...remaining]).toEqual([1, 0]);
    expect([...inputs.subarray(0, 3)]).toEqual([0, 1, 2]); // window 13, cycle 0
    expect([...inputs.subarray(sensors, sensors + 3)]).toEqual([1300, 1301, 1302]); // window 0, cycle 130
    expect(inputs.at(-1)).toBe(life * sensors - 1);
  });

  test('forget as many lives as they should', () => {
    const forgotten = forgetLives(set, 3, createRandom(1));
    expect(forgotten.remaining.filter((share) => share > 79).length).toBe(3);
    expect(set.remaining.every((share) => share <= 1)).toBe(true);
    expect(collect(forgotten, [...forgotten.remaining.keys()]).unknown).toBe(3);
  });

  test('come once a pass, in an order of the seed', () => {
    const pass = (seed: number): number[] => {
      const next = createBatches(set, 7, createRandom(seed));
      return [next(), next()].flatMap(({ remaining }) => [...remaining]);
    };
    expect(pass(1)).toEqual(pass(1));
    expect(pass(1)).not.toEqual(pass(2));
    expect(pass(1).sort()).toEqual([...set.remaining].sort());
  });
});

test('a fleet has machines for training and others for testing, whose lives are all known', () => {
  const { training, test: testing } = createFleet(12, createRandom(4));
  expect(training.readings.length).toBe(80);
  expect(testing.readings.length).toBe(40);
  for (const one of testing.readings) expect(training.readings).not.toContainEqual(one);
  expect(training.remaining.filter((share) => share > 1).length).toBe(12);
  expect(testing.remaining.every((share) => share <= 1)).toBe(true);
  const middle = mean([...testing.remaining]);
  const error = cap * Math.sqrt(mean(Array.from(testing.remaining, (share) => (share - middle) ** 2)));
  expect(Math.abs(error - guessing)).toBeLessThan(2);
});
