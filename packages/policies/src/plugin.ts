import { assertOptions, definePlugin, fixed } from '@gradclip/core';
import type { Plugin } from '@gradclip/core';
import { adaGC } from './adaGC.ts';
import { agc } from './agc.ts';
import { aggc } from './aggc.ts';
import { auto } from './auto.ts';
import { autoClip } from './autoClip.ts';
import { autoS } from './autoS.ts';
import { averageNorm } from './averageNorm.ts';
import { blockRms } from './blockRms.ts';
import { clipValue } from './clipValue.ts';
import { decaying } from './decaying.ts';
import { logNorm } from './logNorm.ts';
import { meanPlusStd } from './meanPlusStd.ts';
import { medianMultiple } from './medianMultiple.ts';
import { movingAverage } from './movingAverage.ts';
import { normalize } from './normalize.ts';
import { normQueue } from './normQueue.ts';
import { percentile } from './percentile.ts';
import { psac } from './psac.ts';
import { quantileTracking } from './quantileTracking.ts';
import { skipSpikes } from './skipSpikes.ts';
import { smoothClip } from './smoothClip.ts';
import { targetClipRate } from './targetClipRate.ts';
import { twoAverages } from './twoAverages.ts';
import { zClip } from './zClip.ts';
import { adafactorClip } from './stages/adafactorClip.ts';
import { adopt } from './stages/adopt.ts';
import { spam } from './stages/spam.ts';
import { stableAdamW } from './stages/stableAdamW.ts';
import { stableSpam } from './stages/stableSpam.ts';
import { uClip } from './stages/uClip.ts';

/**
 * The policies of this package for a registry, by name; their options are those of the functions, as plain data.
 * @example
 * createRegistry([policiesPlugin]).policy({ name: 'percentile', options: { p: 10 } }).name; // 'percentile'
 */
export const policiesPlugin: Plugin = definePlugin({
  meta: { name: '@gradclip/policies', version: '0.1.0', apiVersion: 1 },
  policies: {
    fixed: {
      create(options: { readonly threshold?: number }) {
        assertOptions('fixed', options, ['threshold']);
        return fixed(options.threshold);
      },
    },
    adaGC: { create: adaGC },
    agc: { create: agc },
    aggc: { create: aggc },
    auto: { create: auto },
    autoClip: { create: autoClip },
    autoS: { create: autoS },
    averageNorm: { create: averageNorm },
    blockRms: { create: blockRms },
    clipValue: { create: clipValue },
    decaying: { create: decaying },
    logNorm: { create: logNorm },
    meanPlusStd: { create: meanPlusStd },
    medianMultiple: { create: medianMultiple },
    movingAverage: { create: movingAverage },
    normalize: { create: normalize },
    normQueue: { create: normQueue },
    percentile: { create: percentile },
    psac: { create: psac },
    quantileTracking: { create: quantileTracking },
    skipSpikes: { create: skipSpikes },
    smoothClip: { create: smoothClip },
    targetClipRate: { create: targetClipRate },
    twoAverages: { create: twoAverages },
    zClip: { create: zClip },
  },
  stages: {
    adafactorClip: { create: adafactorClip },
    adopt: { create: adopt },
    spam: { create: spam },
    stableAdamW: { create: stableAdamW },
    stableSpam: { create: stableSpam },
    uClip: { create: uClip },
  },
});
