import { createRandom, gaussian } from '@gradclip/example-compare/worker';
import { memory, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../src/backend.ts';
import { createBidirectionalLstm } from '../src/lstm.ts';
import { createModel } from '../src/model.ts';
import { shape } from '../src/setting.ts';

beforeAll(startBackend);

const sequence = (steps: number, batch: number, inputs: number) => {
  const random = createRandom(7);
  const values = Float32Array.from({ length: steps * batch * inputs }, () => gaussian(random));
  return { values, tensor: () => tensor3d(values, [steps, batch, inputs]) };
};

test('tells one number a window, and how much each cycle counts', () => {
  const before = memory().numTensors;
  const model = createModel(shape, createRandom(1));
  expect(model.variables.reduce((sum, { size }) => sum + size, 0)).toBe(10_305);
  const windows = sequence(30, 4, shape.inputs);
  tidy(() => {
    expect(model.predict(windows.tensor()).shape).toEqual([4]);
    const weights = model.attention(windows.tensor());
    expect(weights.shape).toEqual([30, 4]);
    const rows = weights.arraySync();
    for (let w = 0; w < 4; w++) {
      expect(rows.every((row) => row[w]! > 0)).toBe(true);
      expect(rows.reduce((sum, row) => sum + row[w]!, 0)).toBeCloseTo(1, 5);
    }
  });
  model.dispose();
  expect(memory().numTensors).toBe(before);
});

test('the LSTM is that of a plain loop, both ways', () => {
  const [steps, batch, inputs, units] = [4, 2, 3, 2];
  const lstm = createBidirectionalLstm('plain', inputs, units, createRandom(3));
  const [kernel, bias] = lstm.variables.map((variable) => variable.dataSync() as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  const { values, tensor } = sequence(steps, batch, inputs);
  const actual = tidy(() => lstm.read(tensor()).arraySync());
  lstm.variables.forEach((variable) => variable.dispose());

  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  for (const direction of [0, 1])
    for (let b = 0; b < batch; b++) {
      let hidden = Array.from({ length: units }, () => 0);
      const cell = Array.from({ length: units }, () => 0);
      for (let i = 0; i < steps; i++) {
        const t = direction ? steps - 1 - i : i;
        const row = [...values.subarray((t * batch + b) * inputs, (t * batch + b + 1) * inputs), ...hidden];
        const gate = (column: number): number =>
          row.reduce(
            (sum, value, r) => sum + value * kernel[(direction * (inputs + units) + r) * 4 * units + column]!,
            bias[direction * 4 * units + column]!,
          );
        hidden = hidden.map((_, u) => {
          const [enter, keep, leave] = [0, 1, 2].map((which) => sigmoid(gate(which * units + u)));
          cell[u] = keep! * cell[u]! + enter! * Math.tanh(gate(3 * units + u));
          return leave! * Math.tanh(cell[u]!);
        });
        hidden.forEach((value, u) => expect(actual[t]![b]![direction * units + u]).toBeCloseTo(value, 5));
      }
    }
});
