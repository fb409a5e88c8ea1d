import { createRandom } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { drawStarts, meanReturn, playGames } from '../src/games.ts';
import { failedBelow, randomReturn } from '../src/setting.ts';

const upright = { position: 0, velocity: 0, angle: 0, angularVelocity: 0 };
const evenly = (states: Float32Array): Float32Array => new Float32Array(states.length / 4).fill(0.5);
/** Pushes to where the pole falls, as it leans and swings. */
const skilled = (states: Float32Array): number[] =>
  Array.from({ length: states.length / 4 }, (_, i) => (states[4 * i + 2]! + 0.5 * states[4 * i + 3]! > 0 ? 1 : 0));
const likelier = (probability: number): boolean => probability > 0.5;

test('pushed to one side only, the pole falls soon', () => {
  const [game] = playGames([upright], (states) => new Float32Array(states.length / 4).fill(1), likelier, 500);
  // By -600/41 rad/s² the angle after n moves is -0.0004 * 600/41 * n * (n - 1) / 2, and a little more by gravity: 0.1639
  // for 8, above 12 degrees = 0.2094 for 9.
  expect([...game!.actions]).toEqual(Array(9).fill(1));
  expect(game!.states.length).toBe(36);
  expect([...game!.states.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  expect(game!.states[5]).toBeCloseTo(0.195122, 6);
});

test('games are played at the same time, each as if alone, and leave when they are over', () => {
  const starts = drawStarts(5, createRandom(3));
  const asked: number[] = [];
  const together = playGames(
    starts,
    (states) => (asked.push(states.length / 4), evenly(states)),
    () => true,
    500,
  );
  expect(together).toEqual(starts.map((start) => playGames([start], evenly, () => true, 500)[0]));
  expect(asked[0]).toBe(5);
  expect(asked).toEqual([...asked].toSorted((a, b) => b - a));
  expect(asked.reduce((sum, count) => sum + count, 0)).toBe(5 * meanReturn(together));
});

test('a game ends after so many moves, if not before', () => {
  const games = playGames(drawStarts(4, createRandom(1)), skilled, likelier, 500);
  expect(games.map(({ actions }) => actions.length)).toEqual([500, 500, 500, 500]);
});

test('random play reaches what the report says, which counts as failed', () => {
  const random = createRandom(1);
  const games = playGames(drawStarts(2000, random), evenly, (probability) => random() < probability, 500);
  expect(Math.abs(meanReturn(games) - randomReturn)).toBeLessThan(1);
  expect(randomReturn).toBeLessThan(failedBelow);
});
