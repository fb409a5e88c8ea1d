import { createClipper, decode, definePolicy, defineStage, encode } from '@gradclip/core';
import type { Clipper, ClipperOptions, GradientArray, GradientStage, GradientStages } from '@gradclip/core';
import { applyToBuffers, clipBuffers, measureBuffers } from '@gradclip/adapters/buffers';
import type { BufferSet, ClipOptions } from '@gradclip/adapters/buffers';
import { adafactorClip, adopt, percentile, spam, stableAdamW, stableSpam, uClip } from '@gradclip/policies';
import { describe, expect, test, vi } from 'vitest';
import { random } from './oracle.ts';

const bytes = (view: ArrayBufferView): number[] => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;
const every = (): GradientStages => [spam(), stableSpam(), adafactorClip(), stableAdamW(), adopt(), uClip()];

/** A stage that multiplies, and says what it is asked. */
function times(factor: number, log: string[] = [], name: string = `times${factor}`): GradientStage {
  return defineStage({
    name,
    options: {},
    init: () => ({ taken: 0 }),
    transform(_, gradient) {
      log.push(`${name} transforms ${gradient.join()}`);
      gradient.forEach((x, i) => (gradient[i] = x * factor));
    },
    commit(state, raw, sent) {
      log.push(`${name} commits ${raw.join()} -> ${sent.join()}`);
      state.taken++;
    },
  });
}

function quiet(policy: Parameters<typeof createClipper>[0], options: ClipperOptions = {}): Clipper {
  const clipper = createClipper(policy, options);
  clipper.alerts$.subscribe(() => {});
  return clipper;
}

describe('clipBuffers with stages', () => {
  test('copies, transforms, measures, decides, applies, commits, and writes last', () => {
    const log: string[] = [];
    const W = Float64Array.of(3, 4);
    const clipper = createClipper(
      definePolicy({
        name: 'logged',
        init: () => null,
        decide(_, { norm }) {
          log.push(`norm ${norm}, gradient ${W.join()}`);
          return [5, null];
        },
      }),
    );
    const step = clipBuffers({ W }, clipper, { stages: [times(2, log), times(10, log)] });
    expect(log).toEqual([
      'times2 transforms 3,4',
      'times10 transforms 6,8',
      'norm 100, gradient 3,4',
      'times2 commits 3,4 -> 3,4',
      'times10 commits 6,8 -> 3,4',
    ]);
    expect(step).toMatchObject({ action: 'scale', norm: 100, factor: 0.05 });
    expect([...W]).toEqual([3, 4]);
  });

  test('writes what the stages left where nothing is clipped, in both types, lists and maps', () => {
    const [a, b] = [Float32Array.of(1, 2), Float64Array.of(3)];
    expect(clipBuffers([a, null, b], createClipper(Infinity), { stages: [times(2)] }).action).toBe('pass');
    expect([[...a], [...b]]).toEqual([[2, 4], [6]]);
    const W = Float32Array.of(1);
    clipBuffers({ 10: W, 2: b }, createClipper(Infinity), { stages: [times(3)] });
    expect([[...W], [...b]]).toEqual([[3], [18]]);
  });

  test('counts tied weights once', () => {
    const W = Float64Array.of(3);
    const clipper = createClipper(Infinity);
    expect(clipBuffers({ W, again: W }, clipper, { stages: [times(2)] }).norm).toBe(6);
    expect([...W]).toEqual([6]);
  });

  test('goes with units, weights and shadows', () => {
    const clipper = createClipper(1, { scope: 'unit', shadows: { half: 0.5 } });
    const W = Float64Array.of(1.5, 0.05, 2, 0.1);
    const step = clipBuffers({ W }, clipper, { stages: [times(2)], shapes: { W: [2, 2] } });
    expect(step.decisions.map(({ key, action }) => `${key} ${action}`)).toEqual(['W#0 scale', 'W#1 pass']);
    expect([...W]).toEqual([0.6000000000000001, 0.1, 0.8, 0.2]);
  });

  test('takes an empty list for none, also with a number', () => {
    const W = Float64Array.of(3, 4);
    expect(clipBuffers({ W }, createClipper(9), { stages: [] }).norm).toBe(5);
    expect(clipBuffers({ W }, 9, { stages: [] }).norm).toBe(5);
    expect(clipBuffers({}, quiet(1), { stages: every() })).toMatchObject({ action: 'pass', norm: 0 });
  });

  test('allocates nothing for elements after the first step', () => {
    const seen = new Set<GradientArray>();
    const stage = defineStage({
      name: 'seen',
      init: () => null,
      transform: (_, gradient) => void seen.add(gradient),
      commit: (_, raw, sent) => void seen.add(raw).add(sent),
    });
    const gradients = { W: new Float32Array(1000).fill(1), b: new Float64Array(3) };
    const clipper = createClipper(percentile({ p: 10 }));
    const slice = vi.spyOn(Float32Array.prototype, 'slice');
    for (let step = 0; step < 50; step++) clipBuffers(gradients, clipper, { stages: [stage] });
    // A gradient and a copy for each tensor; one element is sliced to round a factor.
    expect(seen.size).toBe(4);
    expect(slice.mock.results.filter(({ value }) => (value as Float32Array).length > 1)).toHaveLength(1);
    slice.mockRestore();
  });
});

describe('gradients and stages stay as they are', () => {
  const skip = definePolicy({ name: 'skip', init: () => null, decide: () => [{ skip: 'always' }, null] });
  const faulty = definePolicy({
    name: 'faulty',
    init: () => null,
    decide: () => {
      throw new Error('no');
    },
  });
  const bad = defineStage({
    name: 'bad',
    init: () => null,
    transform: (_, gradient) => void gradient.fill(Infinity),
    commit() {},
  });
  const failing = defineStage({ ...bad, name: 'failing', transform: () => expect.fail('no') });

  const cases: [string, Clipper, Partial<ClipOptions> & { bad?: number; throws?: string }][] = [
    ['on a skip', quiet(skip), {}],
    ['on a halt', quiet(faulty, { onPolicyFault: 'halt' }), {}],
    ['when observing', quiet(1, { observe: true }), {}],
    ['on NaN', quiet(1), { bad: NaN }],
    ['on an infinite element', quiet(1), { bad: -Infinity }],
    ['on NaN that passes', quiet(1, { onNonFinite: 'pass' }), { bad: NaN }],
    ['on NaN that throws', quiet(1, { onNonFinite: 'throw' }), { bad: NaN, throws: 'NON_FINITE' }],
    ['on NaN when the budget is used up', quiet(1, { nonFiniteBudget: 1 }), { bad: NaN }],
    ['where a stage overflows', quiet(1), { stages: [...every(), bad] }],
    ['where a stage overflows, which passes', quiet(1, { onNonFinite: 'pass' }), { stages: [...every(), bad] }],
    ['where a stage throws', quiet(1), { stages: [...every(), failing], throws: 'STAGE_FAILED' }],
    ['where the clipper throws', quiet(1), { step: 7, throws: 'STEP_OUT_OF_ORDER' }],
    ['where an option is refused', quiet(1), { lossScale: 8, throws: 'INVALID_OPTION' }],
  ];

  test.each(cases)('%s', (_, clipper, { bad: element, throws, ...options }) => {
    const stages = options.stages ?? every();
    if (!options.stages) {
      const good = quiet(Infinity);
      for (let step = 0; step < 3; step++)
        clipBuffers({ W: Float32Array.of(1, 2), b: Float64Array.of(3) }, good, { stages });
      clipper.restore({ ...(clipper.state() as object), stages: stagesOf(good) });
      expect(encode(stagesOf(clipper))).toContain('spam');
    }
    const gradients = { W: Float32Array.of(5, element ?? -0), b: Float64Array.of(1e-310) };
    const [before, states] = [Object.values(gradients).map(bytes), encode(stagesOf(clipper))];
    const call = (): unknown => clipBuffers(gradients, clipper, { stages, ...options });
    if (throws) expect(call).toThrow(code(throws));
    else call();
    expect(Object.values(gradients).map(bytes)).toEqual(before);
    expect(encode(stagesOf(clipper))).toBe(states);
  });

  test('bad elements that become 0 go past the stages', () => {
    const clipper = quiet(1, { onNonFinite: 'zero' });
    const W = Float64Array.of(3, NaN, 4);
    const log: string[] = [];
    expect(clipBuffers({ W }, clipper, { stages: [times(2, log)] })).toMatchObject({ action: 'zero', norm: 5 });
    expect([[...W], log, stagesOf(clipper)]).toEqual([[0.6000000000000001, 0, 0.8], [], []]);
  });

  test('where the commit of a stage throws, the gradients do', () => {
    const stage = defineStage({ ...times(2), commit: () => expect.fail('no') });
    const W = Float64Array.of(3);
    const clipper = createClipper(Infinity);
    expect(() => clipBuffers({ W }, clipper, { stages: [stage] })).toThrow(code('STAGE_FAILED'));
    expect([...W]).toEqual([3]);
  });
});

describe('refuses', () => {
  const W = Float64Array.of(3);
  test.each<[string, string, () => unknown]>([
    ['a number with stages', 'NOT_A_CLIPPER', () => clipBuffers({ W }, 1, { stages: [spam()] })],
    [
      'one stage that is not in a list',
      'INVALID_STAGE',
      () => clipBuffers({ W }, createClipper(1), { stages: spam() as never }),
    ],
    ['a plain rule', 'INVALID_STAGE', () => clipBuffers({ W }, createClipper(1), { stages: [{ name: 'a' } as never] })],
    [
      'stages in two steps',
      'INVALID_STAGE',
      () => measureBuffers({ W }, createClipper(1).plan, { stages: [spam()] } as ClipOptions),
    ],
    [
      'stages when applying',
      'INVALID_STAGE',
      () => applyToBuffers({ W }, clipBuffers({ V: W.slice() }, 1), { stages: [spam()] } as ClipOptions),
    ],
  ])('%s', (_, name, call) => {
    expect(call).toThrow(code(name));
    expect([...W]).toEqual([3]);
  });

  test('a number with stages, with advice', () => {
    expect(() => clipBuffers({ W }, 1, { stages: [spam()] })).toThrow(
      'Gradients need a clipper, or a number without stages, got Number. From a policy make the clipper once, outside the loop.',
    );
  });
});

test('all stages in one row go on bit for bit when saved and restored after every step', () => {
  const next = random(5);
  const steps = Array.from({ length: 60 }, (_, t) => ({
    W: Float32Array.from({ length: 7 }, () => (t === 40 ? 100 : 1) * (next() - 0.5)),
    b: t % 3 ? Float64Array.of(next(), t === 20 ? NaN : next()) : null,
  }));
  const run = (restart: boolean): unknown => {
    let clipper = quiet(percentile({ p: 30 }));
    return steps.map((step) => {
      if (restart) {
        const text = encode(clipper.state());
        clipper = quiet(percentile({ p: 30 }));
        clipper.restore(decode(text));
        expect(encode(clipper.state())).toBe(text);
      }
      const own: Record<string, GradientArray | null> = { W: step.W.slice(), b: step.b?.slice() ?? null };
      const { action, norm } = clipBuffers(own as BufferSet, clipper, { stages: every() });
      return [action, norm, own['W'], own['b']];
    });
  };
  expect(run(true)).toEqual(run(false));
});

function stagesOf(clipper: Clipper): never {
  return ((clipper.state() as { stages?: unknown }).stages ?? []) as never;
}
