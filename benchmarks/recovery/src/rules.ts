import type { PolicySpec } from '@gradclip/core';
import { call, rewarm } from './call.ts';
import type { Options } from './call.ts';

/** One row of every table: a policy as it is called. */
export interface Rule {
  readonly spec: PolicySpec;
  /** 'none': no decision depends on earlier norms. */
  readonly memory: 'norms' | 'none';
  /** Decisions count as the same within this share of the larger one. Default 0.1. */
  readonly tolerance?: number;
  /** What is asked about in place of the usual norms, in units of the level. */
  readonly asked?: readonly number[];
  /** Calls that are to end what the rule does not end by itself. */
  readonly repairs: readonly Rule[];
}

function rule(name: string, options: Options = {}, ...repairs: readonly Rule[]): Rule {
  return { spec: call(name, options), memory: 'norms', repairs };
}

/** Its threshold moves by more than a tenth in calm training, too, so that no two runs are the same for long. */
function wandering(name: string, options: Options = {}, ...repairs: readonly Rule[]): Rule {
  return { ...rule(name, options, ...repairs), tolerance: 0.4 };
}

function constant(name: string, options: Options = {}): Rule {
  return { ...rule(name, options), memory: 'none' };
}

function rewarmed(name: string, options: Options, after: number): Rule {
  return { ...rule(name), spec: rewarm(call(name, options), after) };
}

const noCap = { maxGradNorm: Infinity };
const arithmetic = { update: 'arithmetic', learningRate: 0.01 };
const openSora = { variant: 'openSora' };
const guardedOpenSora = { ...openSora, guarded: true };
/** With lambdaAbs each step of its warm-up may count as a hit: it must be over before `after`. */
const rewarmedAdaGC = (options: Options = {}): Rule =>
  rewarmed('adaGC', { ...options, lambdaAbs: Infinity, record: 'raw' }, 200);

/** Every policy with its defaults, and the variants that differ in what they survive: to add one, add a line. */
export const rules: readonly Rule[] = [
  rule('auto'),
  rule('movingAverage'),
  rule('movingAverage', { kind: 'simple' }),
  rule('movingAverage', { record: 'raw' }, rule('movingAverage')),
  rule('movingAverage', { record: 'accepted' }, rewarmed('movingAverage', { record: 'accepted' }, 100)),
  rule('percentile', { p: 10 }),
  rule('percentile', { p: 50, window: 200 }),
  rule('percentile', { p: 90 }),
  rule('decaying', { schedule: 'on-hits', from: 10, to: 0.1, factor: 0.9, rate: 0.5, window: 100 }),
  rule('autoClip', {}, rewarmed('autoClip', {}, 100)),
  rule('autoClip', { p: 50 }, rewarmed('autoClip', { p: 50 }, 100)),
  rule('autoClip', { p: 50, window: 200 }),
  rule('zClip', {}, rewarmed('zClip', noCap, 100)),
  rule('zClip', noCap, rewarmed('zClip', noCap, 100)),
  rule('zClip', { ...noCap, adjustment: 'mean' }, rewarmed('zClip', { ...noCap, adjustment: 'mean' }, 100)),
  rule('zClip', { ...noCap, adjustment: 'max' }),
  rule('zClip', { ...noCap, mode: 'percentile' }),
  rule('zClip', { ...noCap, skipUpdateOnSpike: true }, rewarmed('zClip', { ...noCap, skipUpdateOnSpike: true }, 100)),
  rule('adaGC', {}, rewarmedAdaGC()),
  rule('adaGC', { guarded: false }, rule('adaGC'), rewarmedAdaGC()),
  rule('adaGC', { variant: 'paper' }, rewarmedAdaGC({ variant: 'paper' })),
  rule('adaGC', { variant: 'ernie' }, rewarmedAdaGC({ variant: 'ernie' })),
  rule('aggc'),
  rule('aggc', { variant: 'grpo' }),
  wandering('quantileTracking'),
  wandering('quantileTracking', { initialEstimate: 'first' }, wandering('quantileTracking')),
  wandering('quantileTracking', arithmetic, wandering('quantileTracking')),
  // Calm training moves its second bound between some 5 and 40 norms.
  { ...wandering('quantileTracking', { zeroing: {} }), asked: [1, 1000] },
  rule('logNorm'),
  rule('logNorm', { globalStep: true }),
  rule('twoAverages', {}, rewarmed('twoAverages', {}, 100)),
  rule('twoAverages', { guarded: false }, rewarmed('twoAverages', { guarded: false }, 100)),
  rule('normQueue'),
  rule('normQueue', { seed: Infinity }, rewarmed('normQueue', { seed: Infinity }, 100)),
  rule('medianMultiple'),
  rule('medianMultiple', { multiple: 2 }),
  rule('medianMultiple', { kind: 'periodic' }),
  rule('meanPlusStd'),
  rule('meanPlusStd', openSora, rule('meanPlusStd', guardedOpenSora), rewarmed('meanPlusStd', guardedOpenSora, 50)),
  rule('meanPlusStd', guardedOpenSora, rewarmed('meanPlusStd', guardedOpenSora, 50)),
  rule('skipSpikes', { on: 'norm' }),
  rule('skipSpikes', { on: 'norm', guarded: true }),
  rule('skipSpikes', { on: 'norm', variant: 'levanter' }),
  rule('skipSpikes', { variant: 'rnmt' }),
  rule('skipSpikes', { variant: 'megatronRerun' }, rewarmed('skipSpikes', { variant: 'megatronRerun' }, 50)),
  wandering('targetClipRate', { low: 0.1, high: 0.3 }),
  constant('fixed'),
  constant('decaying', { schedule: 'exponential', from: 10, to: 0.1, steps: 20_000 }),
  constant('agc'),
  constant('averageNorm', { clipNorm: 1 }),
  constant('blockRms'),
  constant('clipValue', { value: 1 }),
  constant('normalize'),
  constant('smoothClip'),
  constant('autoS'),
  constant('psac'),
  constant('skipSpikes', { variant: 'megatron', threshold: 5 }),
];
