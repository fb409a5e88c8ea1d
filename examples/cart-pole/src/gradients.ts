import { addN, div, dot, mul, softplus, tensor1d, tensor2d, variableGrads } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import type { Game } from './games.ts';
import type { Network } from './network.ts';

/**
 * What one game says of the weights: for each of its moves the gradient of the log-probability of that move, times the
 * advantage of the move, all added up, with a minus in front because optimizers go down. One pass is enough, since a
 * weighted sum of gradients is the gradient of the weighted sum.
 */
export function gradientsOfGame(network: Network, game: Game, advantages: Float32Array): NamedTensorMap {
  return variableGrads(() => lossOfGame(network, game, advantages), network.variables).grads;
}

/** `- sum of advantage * log(probability of the move that was made)` */
export function lossOfGame(network: Network, { states, actions }: Game, advantages: Float32Array): Scalar {
  // The logit x is that of a push to the right: log(sigmoid(x)) = -softplus(-x), and the other way round to the left.
  const signs = tensor1d(Float32Array.from(actions, (action) => (action === 1 ? -1 : 1)));
  const surprises = softplus(mul(signs, network.logits(tensor2d(states, [actions.length, 4]))));
  return dot(surprises, tensor1d(advantages)) as Scalar;
}

/** The mean of what the games of a step say, by name of the variable. */
export function meanOfGames(games: readonly NamedTensorMap[]): NamedTensorMap {
  const names = Object.keys(games[0]!);
  return Object.fromEntries(names.map((name) => [name, div(addN(games.map((own) => own[name]!)), games.length)]));
}
