import { createClipper } from '@gradclip/core';
import type { ClipAlert } from '@gradclip/core';
import { describe, expect, it, vi } from 'vitest';
import { alertsOf, answering, clipNorms, codesOf, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

describe('alerts without a subscriber', () => {
  it('are written to the console, once for each code', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const clipper = createClipper([{ match: 'w', policy: 2 }, { policy: 1 }], { nonFiniteBudget: 4 });
    clipNorms(clipper, [NaN, NaN, NaN, NaN]);
    const codes = warn.mock.calls.map(([text]) => /[A-Z]+_?[A-Z]+/.exec(String(text))![0]);
    expect(codes).toEqual(['NON_FINITE', 'GROUP_EMPTY', 'HALTED']);
    for (const [text] of warn.mock.calls) expect(text).toContain('alerts$');
  });

  it('are not written while somebody listens', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const clipper = createClipper(2);
    const alerts: ClipAlert[] = [];
    const subscription = clipper.alerts$.subscribe((alert) => alerts.push(alert));
    clipNorms(clipper, [NaN, NaN]);
    expect([warn.mock.calls.length, codesOf(alerts)]).toEqual([0, ['NON_FINITE', 'NON_FINITE']]);
    subscription.unsubscribe();
    clipNorms(clipper, [NaN]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('are written by each clipper for itself', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (let i = 0; i < 2; i++) clipNorms(createClipper(2), [NaN, NaN]);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('do not stop the loop where the console throws', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {
      throw new Error('no console');
    });
    const clipper = createClipper(2);
    expect(clipNorms(clipper, [NaN, 4]).map(({ action }) => action)).toEqual(['skip', 'scale']);
  });
});

describe('every alert', () => {
  it('says what to do next', () => {
    const clipper = createClipper([{ match: 'w', policy: answering(() => NaN) }, { policy: 1 }], {
      envelope: { max: 4 },
    });
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [1, 1, 1, ...Array.from({ length: 10 }, () => NaN)]);
    expect(new Set(codesOf(alerts))).toEqual(
      new Set(['POLICY_FAULT', 'POLICY_QUARANTINED', 'GROUP_EMPTY', 'NON_FINITE', 'HALTED']),
    );
    for (const { message, advice, step } of alerts) {
      expect(message.length).toBeGreaterThan(10);
      expect(advice.length).toBeGreaterThan(10);
      expect(Number.isInteger(step)).toBe(true);
    }
  });
});
