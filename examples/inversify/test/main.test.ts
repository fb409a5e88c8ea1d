import { expect, test, vi } from 'vitest';

test('a decorated class makes policies of two plugins, by name', async () => {
  const lines: unknown[][] = [];
  vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void lines.push(values));
  await import('../src/main.ts');
  vi.restoreAllMocks();
  // percentile 50, capped at 3: no history, then 4, then the middle of 4 and 8; halfOfLast, capped at 3: 4 → 3, 8 → 2, 2.
  expect(lines).toEqual([
    ['percentile', [3, 3, 2]],
    ['halfOfLast', [3, 2, 2]],
  ]);
});
