import { below, dirichlet } from '../numerics/draw.ts';
import type { Random } from '@gradclip/example-compare/worker';

/** Text in which each symbol is drawn by the two before it, from distributions that are themselves drawn (Dirichlet 0.08). */
export function markovText(symbols: number, length: number, random: Random): Uint8Array {
  const cumulative = Array.from({ length: symbols * symbols }, () => {
    let sum = 0;
    return dirichlet(random, symbols, 0.08).map((share) => (sum += share));
  });
  const text = new Uint8Array(length);
  let before = below(random, symbols);
  let last = below(random, symbols);
  for (let i = 0; i < length; i++) {
    const limits = cumulative[before * symbols + last]!;
    const place = random();
    let symbol = 0;
    while (symbol < symbols - 1 && limits[symbol]! <= place) symbol++;
    text[i] = symbol;
    before = last;
    last = symbol;
  }
  return text;
}
