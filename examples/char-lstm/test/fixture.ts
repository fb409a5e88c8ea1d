import { loadText } from '../src/text.ts';
import type { Text } from '../src/text.ts';

/** Little of the text: what is learned of it is not what is looked at. */
export function fewLetters(): Text {
  const { training, heldOut } = loadText();
  return { training: training.subarray(0, 4000), heldOut: heldOut.subarray(0, 4000) };
}
