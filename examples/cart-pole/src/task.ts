import type { Task } from '@gradclip/example-compare';
import { conclude } from './conclusion.ts';
import { method } from './method.ts';
import { runs } from './runs.ts';
import { failedBelow, gamesPerStep, mostMoves, randomReturn, testGames } from './setting.ts';

export const task: Task = {
  name: 'cart-pole',
  title: 'One game, several clipping policies',
  description:
    'Trains a small network by policy gradient to balance a pole on a cart, in TensorFlow.js with gradients made by hand, ' +
    'under several gradient clipping policies, from the same start, and compares what becomes of it.',
  subject: 'a small network to balance a pole on a cart',
  note: `A step plays ${gamesPerStep} games and updates once. A game lasts ${mostMoves} moves at most.`,
  seedOf: 'weights, starts of games and moves',
  steps: 100,
  seeds: 3,
  metric: {
    name: 'return',
    on: `in moves, mean of ${testGames} games`,
    better: 'higher',
    digits: 0,
    range: [0, mostMoves],
    reference: { value: randomReturn, label: 'random play' },
    failsBeyond: failedBelow,
  },
  curve: {
    name: 'moves',
    axis: 'moves of a game',
    caption: `Mean return of the ${gamesPerStep} games of a step, each point the median of the steps around it.`,
    scale: 'linear',
    range: [0, mostMoves],
  },
  runs,
  worker: new URL('./worker.js', import.meta.url),
  facts: { gamesPerStep, mostMoves, testGames },
  method,
  conclude,
};
