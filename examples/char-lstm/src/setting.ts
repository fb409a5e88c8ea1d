/** What every run trains with: fixed numbers, so that runs differ in their clipping policy and their learning rate only. */

/** Letters a sequence has, and over which the gradient goes back. */
export const sequenceLength = 32;

/** Sequences in a batch. */
export const batchSize = 16;

/** Width of the LSTM. */
export const units = 48;

/** Sequences of held-out text that a trained network is measured on: 20,480 letters. */
export const heldOutSequences = 640;

/** What knowing the frequencies of the letters alone reaches on the held-out text, in bits per letter. */
export const lettersAlone = 4.31;

/** The learning rate of a step: falls linearly from `first` to a twentieth of it. */
export function learningRate(first: number, step: number, steps: number): number {
  return first * (1 - (0.95 * step) / steps);
}
