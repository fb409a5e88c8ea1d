import { clipWith, createClipper, decode, encode, simulate } from '@gradclip/core';
import type { ClipPolicy, GradientNormEvent, Json, Measurement, Need } from '@gradclip/core';
import { of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf } from './support/errors.ts';
import { measured } from './support/measured.ts';
import { eventOf, recorder, ring } from './support/policies.ts';

/** Two tensors, the first of two units, with all that can be measured. */
const everything: Measurement = {
  order: 2,
  names: ['w', 'b'],
  offsets: Int32Array.of(0, 2, 3),
  power: Float64Array.of(9, 16, 144), // norms 3, 4 and 12; of w 5; of all 13
  size: Float64Array.of(2, 2, 1),
  maxAbs: Float64Array.of(2, 4, 12),
  weightPower: Float64Array.of(36, 64, 1),
  nonFinite: 0,
};
const CONTEXT = { loss: 0.5, learningRate: 0.1 };
const ALL: readonly Need[] = ['globalNorm', 'maxAbs', 'weightNorm', 'loss', 'learningRate'];

/** What a policy is shown of one step. */
function shown(extra: Partial<ClipPolicy<{ count: number }>>, options: object = {}): GradientNormEvent[] {
  const seen: GradientNormEvent[] = [];
  createClipper(recorder(seen, extra), options).decide(everything, CONTEXT);
  return seen;
}

describe('the event a policy is shown', () => {
  test('has the norm of its key', () => {
    const norms = (scope: string): unknown[] => shown({}, { scope }).map(({ key, norm, size }) => [key, norm, size]);
    expect(norms('global')).toEqual([['global', 13, 5]]);
    expect(norms('tensor')).toEqual([
      ['w', 5, 4],
      ['b', 12, 1],
    ]);
    expect(norms('unit')).toEqual([
      ['w#0', 3, 2],
      ['w#1', 4, 2],
      ['b#0', 12, 1],
    ]);
  });

  test('has what the policy needs', () => {
    const [w, b] = shown({ needs: ALL, scope: 'tensor' });
    // weightNorm: sqrt(36 + 64) and sqrt(1)
    expect(w).toEqual({ step: 0, key: 'w', norm: 5, size: 4, globalNorm: 13, maxAbs: 4, weightNorm: 10, ...CONTEXT });
    expect(b).toEqual({ step: 0, key: 'b', norm: 12, size: 1, globalNorm: 13, maxAbs: 12, weightNorm: 1, ...CONTEXT });
  });

  test.each(ALL)('has %s only where the policy asks for it', (need) => {
    const optional = (event: GradientNormEvent): string[] => ALL.filter((field) => event[field] !== undefined);
    expect(optional(shown({ needs: [need] })[0]!)).toEqual([need]);
    expect(optional(shown({})[0]!)).toEqual([]);
  });

  test('is in the unit of the gradient without the loss scale, but the weights have none', () => {
    const seen: GradientNormEvent[] = [];
    createClipper(recorder(seen, { needs: ALL })).decide({ ...everything, lossScale: 2 }, CONTEXT);
    expect(seen).toMatchObject([{ norm: 6.5, globalNorm: 6.5, maxAbs: 6, weightNorm: Math.sqrt(101) }]); // 13 / 2, 12 / 2
  });

  test.each<[what: string, more: Partial<Measurement>, need: Need]>([
    ['largest elements', { maxAbs: Float64Array.of(1, NaN, 12) }, 'maxAbs'],
    ['largest elements', { maxAbs: Float64Array.of(1, Infinity, 12) }, 'maxAbs'],
    ['weights', { weightPower: Float64Array.of(1, NaN, 12) }, 'weightNorm'],
  ])('has finite numbers only: %s that are not make a bad step where they are needed', (_what, more, need) => {
    const seen: GradientNormEvent[] = [];
    const clipper = createClipper(recorder(seen, { needs: [need] }));
    clipper.alerts$.subscribe();
    expect(clipper.decide({ ...everything, ...more })).toMatchObject({ action: 'skip', proceed: false });
    expect(seen).toEqual([]);
    expect(createClipper(recorder(seen)).decide({ ...everything, ...more })).toMatchObject({ action: 'pass' });
  });

  test('has columns of one length: a scale of another is refused', () => {
    const odd = { ...everything, weightScale: Float64Array.of(1) };
    const clipper = createClipper(recorder([], { needs: ['weightNorm'] }));
    clipper.alerts$.subscribe();
    expect(codeOf(() => clipper.decide(odd))).toBe('INVALID_MEASUREMENT');
  });

  test('counts steps from 0, bad ones included', () => {
    const seen: GradientNormEvent[] = [];
    const clipper = createClipper(recorder(seen), { norm: 1 });
    clipper.alerts$.subscribe();
    for (const norm of [1, NaN, Infinity, 2]) clipper.decide(measured(norm));
    expect(seen.map(({ step, norm }) => [step, norm])).toEqual([
      [0, 1],
      [3, 2],
    ]);
  });
});

describe('the event an observer gets', () => {
  test('is an object of its own, with the fields the policy asked for and no others', () => {
    const clipper = createClipper(recorder([], { needs: ['loss'] }), { norm: 1, scope: 'tensor' });
    const seen: GradientNormEvent[] = [];
    clipper.norms$.subscribe((event) => seen.push(event));
    for (const norm of [1, 2]) clipper.decide(measured(norm), CONTEXT);
    expect(seen).toStrictEqual([
      { step: 0, key: 'w', norm: 1, size: 1, loss: 0.5 },
      { step: 1, key: 'w', norm: 2, size: 1, loss: 0.5 },
    ]);
  });

  test('also of bad steps, with a norm that is not a number', () => {
    const clipper = createClipper(1, { norm: 1 });
    clipper.alerts$.subscribe();
    const norms: number[] = [];
    clipper.norms$.subscribe(({ norm }) => norms.push(norm));
    for (const norm of [1, NaN, 2]) clipper.decide(measured(norm));
    expect(norms).toEqual([1, NaN, 2]);
  });

  test('can be written to without changing a threshold', () => {
    const run = (spoil: boolean): unknown[] => {
      const clipper = createClipper(ring(4), { norm: 1 });
      if (spoil) clipper.norms$.subscribe((event) => Object.assign(event, { norm: 1e-9, key: 'x' }));
      return [3, 5, 4, 9].map((norm) => clipper.decide(measured(norm)).decisions);
    };
    expect(run(true)).toEqual(run(false));
  });

  test('survives being written out, as decisions do', () => {
    const clipper = createClipper(ring(4), { norm: 1 });
    clipper.alerts$.subscribe();
    const seen: unknown[] = [];
    clipper.norms$.subscribe((event) => seen.push(event));
    clipper.norms$.pipe(clipWith(1)).subscribe((decision) => seen.push(decision));
    for (const norm of [0, NaN, 1e300, 5e-324]) seen.push(...clipper.decide(measured(norm)).decisions);
    expect(seen).toHaveLength(12);
    for (const value of seen) expect(decode(encode(value as Json))).toStrictEqual(value);
  });
});

describe('the event of a stream', () => {
  /** The code of the error that ends the stream, or what was done. */
  const outcome = (event: unknown, needs: readonly Need[] = []): string => {
    let result = '';
    of(event as GradientNormEvent)
      .pipe(clipWith(recorder([], { needs })))
      .subscribe({ next: ({ action }) => (result = action), error: ({ code }: { code: string }) => (result = code) });
    return result;
  };

  test.each([['8'], [undefined], [null], [[8]], [8n], [{ valueOf: (): number => 8 }]])(
    'has a norm that is a number, not %s',
    (norm) => {
      expect(outcome({ ...eventOf(1), norm })).toBe('INVALID_EVENT');
      expect(codeOf(() => simulate(1, [norm as never]))).toBe('INVALID_EVENT');
    },
  );

  test.each(['globalNorm', 'maxAbs', 'weightNorm', 'loss'] as const)(
    'is bad where its %s is not finite and is needed',
    (need) => {
      for (const value of [NaN, Infinity]) {
        const seen: GradientNormEvent[] = [];
        const event = eventOf(1, 0, { [need]: value });
        of(event)
          .pipe(clipWith(recorder(seen, { needs: [need] })))
          .subscribe();
        expect(seen).toEqual([]);
        expect(outcome(event, [need])).toBe('skip');
        expect(outcome(event)).toBe('pass');
      }
    },
  );

  test('has a learning rate that is finite where it is needed', () => {
    expect(outcome(eventOf(1, 0, { learningRate: NaN }), ['learningRate'])).toBe('INVALID_EVENT');
    expect(outcome(eventOf(1, 0, { learningRate: 0.1 }), ['learningRate'])).toBe('pass');
  });
});
