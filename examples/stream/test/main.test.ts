import { expect, test, vi } from 'vitest';

test('the stream is thinned to one row for fifty steps', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await import('../src/main.ts');
  vi.restoreAllMocks();
  expect(lines).toHaveLength(10);
  expect(lines[0]).toMatch(/^step {2}49 {2}clipped +\d+ % {2}threshold +[\d.]+ {2}largest norm +[\d.]+ █*$/);
  expect(lines[9]).toMatch(/^step 499 /);
});
