/** What every run trains with: fixed numbers, so that runs differ in their clipping policy, optimizer and rate only. */

/** Units of the hidden layer. */
export const hidden = 32;

/** Games that are played before each update. */
export const gamesPerStep = 10;

/** A game ends after so many moves, even if the pole still stands: 10 seconds. */
export const mostMoves = 500;

/** How much the reward of the next move counts. */
export const discount = 0.99;

/** Games that the trained network is judged by. */
export const testGames = 100;

/** What random play reaches, in moves. */
export const randomReturn = 22;

/** A run whose test games end below this mean, in moves, has failed. */
export const failedBelow = 100;

/** What the learning rate is multiplied by: falls linearly from 1 to a fiftieth, so that the last policy is a settled one. */
export function rateFactor(step: number, steps: number): number {
  return 1 - (0.98 * step) / steps;
}
