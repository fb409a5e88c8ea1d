// A user's program that touches every entry point. check-packages.mjs type-checks it and runs it on the packed packages,
// check-bundles.mjs bundles it for browsers and runs it in one.
import { createClipper, GradclipError, simulate, type StepDecision } from '@gradclip/core';
import * as container from '@gradclip/core/inversify';
import { createRegistry, type Registry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { percentile, policiesPlugin } from '@gradclip/policies';
import { clipBuffers } from '@gradclip/adapters/buffers';

const steps = 300;

function assert(condition: boolean, claim: string): void {
  if (!condition) throw new Error(`Not so: ${claim}`);
}

/** Fits a line by gradient descent; every 40th batch is a thousand times too large. */
export function train(): { loss: number; clipRate: number; normAfter: number } {
  const clipper = createClipper(percentile({ p: 50 }));
  const seen: StepDecision[] = [];
  clipper.decisions$.subscribe((decision) => seen.push(decision));
  const weights = { slope: new Float32Array([0, 0]), offset: new Float32Array([0]) };
  const gradients = { slope: new Float32Array(2), offset: new Float32Array(1) };
  let loss = NaN;
  let largest = 0;
  for (let step = 0; step < steps; step++) {
    const x = [(step % 7) / 7 - 0.5, (step % 5) / 5 - 0.5];
    const error =
      weights.slope[0]! * x[0]! + weights.slope[1]! * x[1]! + weights.offset[0]! - (x[0]! - 2 * x[1]! + 0.5);
    const fault = step % 40 === 39 ? 1000 : 1;
    loss = error * error;
    gradients.slope.set(x.map((value) => 2 * error * value * fault));
    gradients.offset[0] = 2 * error * fault;
    const decision = clipBuffers(gradients, clipper, { loss });
    if (step >= 20) largest = Math.max(largest, decision.normAfter);
    if (!decision.proceed) continue;
    weights.slope.forEach((weight, i) => (weights.slope[i] = weight - 0.2 * gradients.slope[i]!));
    weights.offset[0]! -= 0.2 * gradients.offset[0]!;
  }
  const { clipRate } = clipper.stats();
  assert(seen.length === steps, 'every step was decided and published');
  assert(clipRate > 0.1 && clipRate < 0.9, `some steps were clipped: ${clipRate}`);
  assert(largest < 10, `no faulty batch came through: ${largest}`);
  assert(loss < 1e-2, `the line was fitted: ${loss}`);
  return { loss, clipRate, normAfter: largest };
}

/** The registry makes what the factory makes, from plain data; unknown names are refused. */
export function fromJson(): void {
  const registry: Registry = createRegistry([policiesPlugin]);
  const policy = registry.policy(JSON.parse('{ "name": "percentile", "options": { "p": 50 } }'));
  const norms = [1, 2, 3, 4, 100, 1];
  const [made, written] = [policy, percentile({ p: 50 })].map((one) =>
    simulate(one, norms).map((step) => step.threshold),
  );
  assert(String(made) === String(written), 'a policy from JSON decides as one from code');
  let refused: unknown;
  try {
    registry.policy({ name: 'no such policy' });
  } catch (error) {
    refused = error;
  }
  assert(refused instanceof GradclipError, 'an unknown policy is a GradclipError');
}

export async function check(): Promise<string> {
  fromJson();
  for (const { run } of policyChecks(() => percentile({ p: 10, window: 20 }))) await run();
  assert(Object.keys(container).length > 0, 'the Inversify entry point exports something');
  return JSON.stringify(train());
}
