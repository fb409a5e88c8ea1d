import { readFileSync } from 'node:fs';
import { policiesPlugin } from '@gradclip/policies';
import { describe, expect, test } from 'vitest';
import { textOf } from '../src/call.ts';
import { withTexts } from '../src/document.ts';
import { BAD_NORMS, TIMES } from '../src/events.ts';
import { measure } from '../src/matrix.ts';
import { rules } from '../src/rules.ts';
import { tablesOf } from '../src/tables.ts';
import { cellText } from '../src/text.ts';

const matrix = measure();

describe('the matrix', () => {
  test('is the one of docs/recovery.md; else: npm run bench:recovery -- --write docs/recovery.md', () => {
    const document = readFileSync(new URL('../../../docs/recovery.md', import.meta.url), 'utf8');
    expect(document).toBe(withTexts(document, tablesOf(matrix)));
  });

  test('has every policy', () => {
    const names = new Set(rules.map(({ spec }) => spec.name));
    expect(Object.keys(policiesPlugin.policies).filter((name) => !names.has(name))).toEqual([]);
  });

  test('NaN and Infinity change no decision of any policy', () => {
    for (const { policy, cells } of matrix.rows)
      for (const norm of BAD_NORMS.slice(0, 2))
        for (const when of TIMES) expect(cells[`${norm} ${when}`], policy).toEqual({ steps: 0, worst: 0 });
  });

  test('the repairs end every lock-up that they are listed for', () => {
    const lockUps = matrix.repairs.flatMap(({ policy, cells }) =>
      Object.entries(cells)
        .filter(([, { alone }]) => alone.worst === Infinity && alone.difference?.kind === 'tight')
        .map(([event, { repaired }]) => ({ what: `${policy}: ${event}`, steps: repaired.worst })),
    );
    expect(lockUps.length).toBeGreaterThan(20);
    for (const { what } of lockUps) {
      const best = Math.min(...lockUps.filter((each) => each.what === what).map(({ steps }) => steps));
      expect(best, what).toBeLessThanOrEqual(5000);
    }
  });
});

test('a call is written as in a program', () => {
  const inner = { name: 'zClip', options: { maxGradNorm: Infinity, mode: 'percentile' } };
  expect(textOf({ name: 'rewarm', options: { policy: inner, after: 50 } })).toBe(
    "rewarm(zClip({ maxGradNorm: Infinity, mode: 'percentile' }), { after: 50 })",
  );
  expect(textOf({ name: 'fixed' })).toBe('fixed()');
});

test('a cell says steps, the worst seed and the difference', () => {
  expect(cellText({ steps: 0, worst: 0 })).toBe('–');
  expect(cellText({ steps: 20, worst: 5000, difference: { kind: 'tight', times: 3.14 } })).toBe('20 (5,000) ÷3.1');
  expect(cellText({ steps: 2, worst: Infinity, difference: { kind: 'tight', times: 1e300 } })).toBe(
    '2 (**never**) shut',
  );
  expect(cellText({ steps: 50, worst: 50, difference: { kind: 'off', times: Infinity } })).toBe('50 off');
});

test('a document keeps what is not a table, and must have a place for each', () => {
  const document = 'before\n<!-- a -->\nold\n<!-- end of a -->\nafter\n';
  expect(withTexts(document, { a: 'new' })).toBe('before\n<!-- a -->\n\nnew\n\n<!-- end of a -->\nafter\n');
  expect(() => withTexts(document, { b: 'new' })).toThrow("The document has no lines '<!-- b -->' and");
});
