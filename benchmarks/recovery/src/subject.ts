import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper } from '@gradclip/core';
import type { Clipper, ClipPolicy, GradientNormEvent, Json, PolicySpec } from '@gradclip/core';
import { policyOf } from './call.ts';

/** `agc` clips the gradient of this weight to a norm of 2. */
const WEIGHTS = { w: Float64Array.of(200) };

/** The state of a clipper, and how many steps it has taken. */
export type Saved = readonly [state: Json, steps: number];

/** A clipper, and a gradient of one element, whose magnitude is the norm. */
export class Subject {
  readonly #policy: ClipPolicy;
  readonly #clipper: Clipper;
  /** Decides with a copy of the state of the other one. */
  readonly #asked: Clipper;
  readonly #gradient = { w: new Float64Array(1) };
  /** Of the policy, after the last step. */
  #state: unknown;
  #steps = 0;
  #fault: string | undefined;

  /** @param saved what another one of the same spec saved */
  constructor(spec: PolicySpec, saved?: Saved) {
    const policy = policyOf(spec);
    const { init, decide, load = (state: Json): unknown => state } = policy;
    this.#policy = policy;
    this.#clipper = createClipper({
      ...policy,
      init: (key) => (this.#state = init(key)),
      decide: (state, event) => {
        const answer = decide(state, event);
        this.#state = answer[1];
        return answer;
      },
      load: (state, version) => (this.#state = load(state, version)),
    });
    this.#asked = createClipper({
      ...policy,
      init: () => null,
      decide: (_, event) => [decide(this.#copy(event), { ...event, step: this.#steps })[0], null],
    });
    for (const { alerts$ } of [this.#clipper, this.#asked])
      alerts$.subscribe(({ code, message }) => {
        if (code.startsWith('POLICY')) this.#fault = message;
      });
    if (saved) {
      this.#clipper.restore(saved[0]);
      this.#steps = saved[1];
    }
  }

  /** Clips one gradient. */
  clip(norm: number): void {
    this.#send(norm, this.#clipper);
    this.#steps++;
  }

  /** Which share of each of these norms would be left if it came next, 0 where the step is skipped. Nothing is remembered. */
  ask(norms: readonly number[]): readonly number[] {
    return norms.map((norm) => this.#send(norm, this.#asked));
  }

  save(): Saved {
    return [this.#clipper.state(), this.#steps];
  }

  #send(norm: number, clipper: Clipper): number {
    this.#gradient.w[0] = norm;
    const { proceed } = clipBuffers(this.#gradient, clipper, { weights: WEIGHTS });
    if (this.#fault !== undefined) throw new Error(this.#fault);
    return proceed ? this.#gradient.w[0] / norm : 0;
  }

  #copy({ key }: GradientNormEvent): unknown {
    const { init, save, load } = this.#policy;
    if (this.#state === undefined) return init(key);
    return save && load ? load(save(this.#state), this.#policy.stateVersion ?? 1) : structuredClone(this.#state);
  }
}
