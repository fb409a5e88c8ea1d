import { createRandom } from '@gradclip/example-compare/worker';
import { add, div, memory, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { advantagesOf } from '../src/advantages.ts';
import { drawStarts, playGames } from '../src/games.ts';
import type { Game } from '../src/games.ts';
import { gradientsOfGame, lossOfGame, meanOfGames } from '../src/gradients.ts';
import { createNetwork } from '../src/network.ts';
import type { Network } from '../src/network.ts';
import { startTensorflow } from '../src/tensorflow.ts';

let network: Network;
let games: Game[];
beforeAll(async () => {
  await startTensorflow();
  network = createNetwork(createRandom(5));
  const random = createRandom(6);
  games = playGames(drawStarts(3, random), network.play, (probability) => random() < probability, 500);
});
afterAll(() => network.dispose());

const numbers = (gradients: NamedTensorMap) =>
  Object.fromEntries(Object.entries(gradients).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
const expectClose = (one: NamedTensorMap, other: NamedTensorMap): void => {
  const [a, b] = [numbers(one), numbers(other)];
  expect(Object.keys(a)).toEqual(['hiddenWeights', 'hiddenBias', 'outputWeights', 'outputBias']);
  expect(Object.keys(a).toSorted()).toEqual(Object.keys(b).toSorted());
  for (const [name, values] of Object.entries(a)) values.forEach((x, i) => expect(x).toBeCloseTo(b[name]![i]!, 5));
};

test('the mean over the games is the gradient of the mean weighted loss', () => {
  const advantages = advantagesOf(
    games.map(({ actions }) => actions.length),
    0.99,
  );
  tidy(() => {
    const byHand = meanOfGames(games.map((game, i) => gradientsOfGame(network, game, advantages[i]!)));
    const loss = (): Scalar => {
      const losses = games.map((game, i) => lossOfGame(network, game, advantages[i]!));
      return div(
        losses.reduce((sum, each) => add(sum, each)),
        games.length,
      );
    };
    expectClose(byHand, variableGrads(loss, network.variables).grads);
  });
});

test('one pass over a game gives the sum of what its moves give one by one', () => {
  const [game] = games;
  const advantages = Float32Array.from(game!.actions, (_, t) => Math.cos(t));
  tidy(() => {
    const moves = Array.from(advantages, (advantage, t) => {
      const move = { states: game!.states.subarray(4 * t, 4 * t + 4), actions: game!.actions.subarray(t, t + 1) };
      return gradientsOfGame(network, move, Float32Array.of(advantage * advantages.length));
    });
    expectClose(gradientsOfGame(network, game!, advantages), meanOfGames(moves));
  });
});

test('the loss is minus the log-probability of the moves, times their advantages', () => {
  const [{ states }] = games as [Game];
  const [p, q] = network.play(states.subarray(0, 8)) as Float32Array;
  const two = { states: states.subarray(0, 8), actions: Uint8Array.of(1, 0) };
  const loss = tidy(() => lossOfGame(network, two, Float32Array.of(2, -3)).dataSync()[0]!);
  expect(loss).toBeCloseTo(-2 * Math.log(p!) + 3 * Math.log(1 - q!), 5);
});

test('a positive advantage makes the move likelier when the weights go down the gradient', () => {
  const states = Float32Array.of(0.1, 0.2, 0.3, 0.4);
  for (const action of [0, 1]) {
    const bias = tidy(() => {
      const gradients = gradientsOfGame(network, { states, actions: Uint8Array.of(action) }, Float32Array.of(1));
      return gradients['outputBias']!.dataSync()[0]!;
    });
    expect(Math.sign(bias)).toBe(action === 1 ? -1 : 1);
  }
});

test('playing keeps no tensors, and the logits are those of a layer of ReLU by hand', () => {
  const { numTensors } = memory();
  const [p] = network.play(Float32Array.of(0.1, -0.2, 0.3, 0.4)) as Float32Array;
  expect(memory().numTensors).toBe(numTensors);
  const [w, b, v, c] = network.variables.map((each) => each.dataSync()) as [Float32Array, ...Float32Array[]];
  let logit = c![0]!;
  b!.forEach((bias, j) => {
    const sum = [0.1, -0.2, 0.3, 0.4].reduce((total, x, i) => total + x * w[i * b!.length + j]!, bias);
    logit += Math.max(0, sum) * v![j]!;
  });
  expect(p).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
});
