import type { Random } from '@gradclip/example-compare/worker';
import { isOver, push } from './cartPole.ts';
import type { State } from './cartPole.ts';

/** What happened in one game, a move after the other. Its return is the number of its moves. */
export interface Game {
  /** Before each move: position, velocity, angle and angular velocity, so 4 numbers a move. */
  readonly states: Float32Array;
  /** 1 for a push to the right, 0 for one to the left. */
  readonly actions: Uint8Array;
}

/** Says how likely a push to the right is, 0 to 1, for each state; 4 numbers a state. */
export type Player = (states: Float32Array) => ArrayLike<number>;

/** Starts of so many games: all four numbers uniform from -0.05 to 0.05. */
export function drawStarts(count: number, random: Random): State[] {
  const near = (): number => 0.1 * random() - 0.05;
  return Array.from({ length: count }, () => ({
    position: near(),
    velocity: near(),
    angle: near(),
    angularVelocity: near(),
  }));
}

/**
 * Plays a game from each start, all at the same time, so that the player is asked once a move and not once a game and move.
 *
 * @param isRight Chooses by the probability of a push to the right.
 * @param most After so many moves a game ends, an integer >= 1.
 */
export function playGames(
  starts: readonly State[],
  player: Player,
  isRight: (probability: number) => boolean,
  most: number,
): Game[] {
  const states = starts.map(() => [] as number[]);
  const actions = starts.map(() => [] as number[]);
  let going = starts.map((state, game) => ({ game, state }));
  for (let move = 0; move < most && going.length > 0; move++) {
    const rows = going.map(({ state }) => toRow(state));
    const probabilities = player(Float32Array.from(rows.flat()));
    going = going.flatMap(({ game, state }, i) => {
      const toTheRight = isRight(probabilities[i]!);
      states[game]!.push(...rows[i]!);
      actions[game]!.push(toTheRight ? 1 : 0);
      const next = push(state, toTheRight);
      return isOver(next) ? [] : { game, state: next };
    });
  }
  return starts.map((_, game) => ({
    states: Float32Array.from(states[game]!),
    actions: Uint8Array.from(actions[game]!),
  }));
}

/** The mean return of some games, in moves. */
export function meanReturn(games: readonly Game[]): number {
  return games.reduce((sum, { actions }) => sum + actions.length, 0) / games.length;
}

function toRow({ position, velocity, angle, angularVelocity }: State): number[] {
  return [position, velocity, angle, angularVelocity];
}
