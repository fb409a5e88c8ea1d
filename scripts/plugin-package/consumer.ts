// A program of somebody who has installed the plugin package and ours, all from tarballs. check-plugin-package.mjs type-checks
// it and runs it: a policy by name, training with gradients that are too large at times, a checkpoint, and the way back.
import { clipBuffers } from '@gradclip/adapters/buffers';
import { decode, encode, GradclipError, simulate } from '@gradclip/core';
import type { Clipper, GradientNormEvent, Json, StepDecision } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policiesPlugin } from '@gradclip/policies';
import { medianOfMeans, plugin } from 'clip-policy-median-of-means';
import type { MedianOfMeansOptions } from 'clip-policy-median-of-means';

const steps = 200;
const registry = createRegistry([policiesPlugin, plugin]);
const options: MedianOfMeansOptions = { blocks: 5, size: 4 };
const spec = {
  policy: { name: 'cap', options: { policy: { name: 'medianOfMeans', options }, limit: 100 } },
  shadows: { 'percentile 90': { name: 'percentile', options: { p: 90 } } },
};

function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`Not so: ${claim}`);
}

/** Fits y = 3 x1 - 2 x2, with noise, by gradient descent; the gradient of every 25th step is 1,000 times too large. */
function train(clipper: Clipper, weights: Float64Array, from: number, to: number): readonly StepDecision[] {
  const decisions: StepDecision[] = [];
  for (let step = from; step < to; step++) {
    const x = [((step * 7) % 11) / 11 - 0.5, ((step * 3) % 5) / 5 - 0.5] as const;
    const error = (weights[0]! - 3) * x[0] + (weights[1]! + 2) * x[1] + (((step * 5) % 9) - 4) / 50;
    const gradient = Float64Array.from(x, (value) => 2 * error * value * (step % 25 === 24 ? 1000 : 1));
    const decision = clipBuffers({ weights: gradient }, clipper);
    decisions.push(decision);
    if (decision.proceed) weights.forEach((weight, i) => (weights[i] = weight - 0.5 * gradient[i]!));
  }
  return decisions;
}

function refusalOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

const inWords = (decisions: readonly StepDecision[]): string =>
  encode(decisions.map(({ step, norm, threshold, action }) => [step, norm, threshold!, action]));

// The whole way.
const clipper = registry.clipper(spec);
const norms: GradientNormEvent[] = [];
clipper.norms$.subscribe((event) => norms.push({ ...event }));
const weights = new Float64Array(2);
train(clipper, weights, 0, steps / 2);
const saved = encode({ weights: [...weights], clipper: clipper.state() });
const wanted = train(clipper, weights, steps / 2, steps);
const { clipRate, shadows } = clipper.stats();
assert(
  wanted.some(({ action }) => action === 'scale'),
  'faulty gradients were clipped',
);
assert(Math.abs(weights[0]! - 3) < 0.1 && Math.abs(weights[1]! + 2) < 0.1, `the line was found: ${weights.join(', ')}`);
assert(shadows['percentile 90']!.clipRate > 0, 'the policy that only watched would have clipped, too');

// Again from the middle, in another clipper, made from plain data.
const back = decode(saved) as { weights: number[]; clipper: Json };
const resumed = registry.clipper(spec);
resumed.restore(back.clipper);
const weightsAgain = Float64Array.from(back.weights);
const got = train(resumed, weightsAgain, steps / 2, steps);
assert(inWords(got) === inWords(wanted), 'a restored run decides as one that was never stopped');
assert(
  weightsAgain.every((weight, i) => Object.is(weight, weights[i])),
  'and ends with the same weights, to the last bit',
);

// By name and inline are the same rule.
const byName = registry.policy({ name: 'clip-policy-median-of-means/medianOfMeans', options: { ...options } });
const thresholds = [byName, medianOfMeans(options)].map((policy) =>
  encode(
    simulate(
      policy,
      norms.map(({ norm }) => norm),
    ).map(({ threshold }) => threshold),
  ),
);
assert(thresholds[0] === thresholds[1], 'the registry makes what the factory makes');

const refused = refusalOf(() => registry.policy({ name: 'medianOfMeans', options: { blocks: 0, sizes: 4 } }));
assert(refused instanceof GradclipError && refused.code === 'INVALID_SPEC', 'wrong options are refused');
assert(/blocks.*sizes/.test(refused.message), 'both mistakes are named');

const policy = registry.policy(spec.policy);
let state = policy.init('global');
for (const event of norms) [, state] = policy.decide(state, event);
console.log(`${steps} steps, clip rate ${clipRate}, resumed exactly at step ${steps / 2}.`);
console.log(policy.explain?.(state));
