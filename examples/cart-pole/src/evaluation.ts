import type { Random } from '@gradclip/example-compare/worker';
import { drawStarts, meanReturn, playGames } from './games.ts';
import type { Player } from './games.ts';
import { mostMoves, testGames } from './setting.ts';

/**
 * Draws starts of test games; returns a function that plays the first `count` of them, always with the likelier move.
 * It answers their mean return, 1 to 500 moves.
 */
export function createEvaluation(random: Random): (player: Player, count?: number) => number {
  const starts = drawStarts(testGames, random);
  return (player, count = testGames) =>
    meanReturn(playGames(starts.slice(0, count), player, (probability) => probability > 0.5, mostMoves));
}
