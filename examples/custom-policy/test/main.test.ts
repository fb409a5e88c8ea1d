import { expect, test, vi } from 'vitest';

test('both policies act on the spike and pass every check', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await import('../src/main.ts');
  vi.restoreAllMocks();
  // The mean of 1, 1.2 and 0.9 is 1.033…: twice that.
  expect(lines).toContain('  norm 30  threshold 2.07  scale  after 2.07');
  // The median of 0.9, 1 and 1.2 is 1: 1.5 times that.
  expect(lines).toContain('  norm 30  threshold 1.50  scale  after 1.50');
  expect(lines.filter((line) => line.endsWith('checks passed'))).toHaveLength(2);
});
