import type { Task } from '@gradclip/example-compare';
import { discount, failedBelow, gamesPerStep, hidden, mostMoves, randomReturn, testGames } from './setting.ts';

/** How it was measured, and how the learning rates were found. */
export const method: Task['method'] = [
  [
    'Task',
    `Barto, Sutton and Anderson 1983: a cart is pushed left or right every 0.02 s; the pole on it must not lean by more than 12 degrees, nor the cart leave 2.4 m to either side. Without friction. Each move earns 1, and a game ends after ${mostMoves}. Random play lasts ${randomReturn} moves.`,
  ],
  [
    'Training',
    `REINFORCE in TensorFlow.js. A step plays ${gamesPerStep} games and takes the gradient of the log-probability of each move times its advantage: the rewards from there on, discounted by ${discount}, minus their mean over all moves of the step, divided by their standard deviation. These are added up over the moves of a game and averaged over the games, so gradients grow as games become longer.`,
  ],
  [
    'Network',
    `4 inputs, ${hidden} ReLU units, 1 output. All runs of a seed start from the same weights and games from the same states.`,
  ],
  [
    'Choices',
    'Rates fall linearly to a fiftieth. The rate 0.5 was chosen on seeds 1 to 8, among rates from 0.03 to 1, because clipping matters there, and so were the policies. The seeds 9 to 16 had no part in it.',
  ],
  [
    'Return',
    `Mean of ${testGames} games in which the likelier move is made. Along the training: of the ${gamesPerStep} games of a step, with moves drawn.`,
  ],
  ['Failed', `The mean return is below ${failedBelow} moves, or the weights became infinite or NaN.`],
];
