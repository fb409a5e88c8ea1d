import { clipGradients } from '@gradclip/adapters/tfjs';
import { createRandom, createRecorder, findRun } from '@gradclip/example-compare/worker';
import type { Job, RunResult, Watch } from '@gradclip/example-compare/worker';
import { tidy } from '@tensorflow/tfjs-core';
import { advantagesOf } from './advantages.ts';
import { createEvaluation } from './evaluation.ts';
import { drawStarts, meanReturn, playGames } from './games.ts';
import { gradientsOfGame, meanOfGames } from './gradients.ts';
import { createNetwork } from './network.ts';
import { createOptimizer } from './optimizer.ts';
import { runs } from './runs.ts';
import { discount, gamesPerStep, mostMoves, rateFactor } from './setting.ts';
import { startTensorflow } from './tensorflow.ts';

/**
 * Trains the network once. All runs of a seed start from the same weights, and their games from the same states; moves
 * are drawn from the same random numbers.
 */
export async function train(job: Job, _setup: unknown, watch: Watch): Promise<RunResult> {
  await startTensorflow();
  const { steps, seed } = job;
  const run = findRun(runs, job.run);
  const random = (stream: number) => createRandom(seed * 4 + stream);
  const starts = random(1);
  const moves = random(2);
  const evaluate = createEvaluation(random(3));
  const network = createNetwork(random(0));
  const { optimizer, setRate } = createOptimizer(run.optimizer, run.rate);
  const clipper = run.clipper(steps);
  const recorder = createRecorder(job, clipper, watch, () => evaluate(network.play, 10));

  for (let step = 0, goOn = true; goOn; step++) {
    setRate(run.rate * rateFactor(step, steps));
    const states = drawStarts(gamesPerStep, starts);
    const games = playGames(states, network.play, (probability) => moves() < probability, mostMoves);
    const lengths = games.map(({ actions }) => actions.length);
    const advantages = advantagesOf(lengths, discount);
    // Disposes of the gradients of each game, their mean, and what the clipper made of it.
    tidy(() => {
      const gradients = meanOfGames(games.map((game, i) => gradientsOfGame(network, game, advantages[i]!)));
      const clipped = recorder.time(() => clipGradients(gradients, clipper));
      if (clipped.grads) optimizer.applyGradients(clipped.grads);
    });
    goOn = recorder.step({ curve: meanReturn(games), lost: !network.isFinite() });
  }
  const result = recorder.result(evaluate(network.play));
  network.dispose();
  optimizer.dispose();
  return result;
}
