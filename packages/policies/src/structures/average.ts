import type { Json } from '@gradclip/core';

/** A running average as functions over plain data. Its value is 0 while nothing is known. */
export interface Average<State extends Json = Json> {
  init(): State;
  value(state: State): number;
  /** The value if `number` were recorded next; the state stays as it is. */
  valueWith(state: State, number: number): number;
  /** Changes the state. */
  record(state: State, number: number): void;
}
