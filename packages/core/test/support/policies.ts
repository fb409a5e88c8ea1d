import { definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Json } from '@gradclip/core';

// Small policies of the tests. Their answers do not depend on what is under test.

export type ScriptState = { readonly next: number };

/** Answers a list of bounds, one after the other, again and again. Plain data, a new state at each event. */
export function script(bounds: readonly ClipBound[]): ClipPolicy<ScriptState> {
  return definePolicy<ScriptState>({
    name: 'script',
    options: { bounds: bounds as Json },
    ...(bounds.some((bound) => typeof bound === 'object' && 'clamp' in bound) && { needs: ['maxAbs'] }),
    init: () => ({ next: 0 }),
    decide: ({ next }) => [bounds[next % bounds.length]!, { next: next + 1 }],
    forecast({ next }) {
      const bound = bounds[next % bounds.length]!;
      return typeof bound === 'object' && ('factor' in bound || 'skip' in bound) ? undefined : bound;
    },
    explain: ({ next }) => `line ${next} of ${bounds.length}`,
  });
}

/** One bound for every event, without a state. */
export function always(bound: ClipBound): ClipPolicy<null> {
  const clamps = typeof bound === 'object' && 'clamp' in bound;
  return definePolicy<null>({
    name: 'always',
    options: { bound: bound as Json },
    ...(clamps && { needs: ['maxAbs'] }),
    init: () => null,
    decide: () => [bound, null],
  });
}

/** Answers that are not bounds: what a policy in JavaScript may do. */
export function answering(answer: (event: GradientNormEvent) => unknown, name = 'answering'): ClipPolicy<null> {
  return { name, init: () => null, decide: (_state, event) => [answer(event) as ClipBound, null] };
}

export type RingState = { values: Float64Array; seen: number };

/** The largest of the last `window` norms: a typed array changed in place, with save, load and a state version. */
export function ring(window: number): ClipPolicy<RingState> {
  const threshold = ({ values, seen }: RingState): number => (seen ? Math.max(...values) || Infinity : Infinity);
  return definePolicy<RingState>({
    name: 'ring',
    options: { window },
    stateVersion: 3,
    init: () => ({ values: new Float64Array(window), seen: 0 }),
    decide(state, { norm }) {
      const bound = threshold(state);
      state.values[state.seen++ % window] = norm;
      return [bound, state];
    },
    forecast: threshold,
    save: ({ values, seen }) => ({ values: [...values], seen }),
    load(saved, version) {
      if (version !== 3) throw new Error(`cannot read a state of version ${version}`);
      const { values, seen } = saved as { values: number[]; seen: number };
      return { values: Float64Array.from(values), seen };
    },
  });
}

/** Never clips; writes down the events it is shown, which it copies because they are reused. */
export function recorder(
  seen: GradientNormEvent[],
  extra: Partial<ClipPolicy<{ count: number }>> = {},
): ClipPolicy<{ count: number }> {
  return definePolicy<{ count: number }>({
    name: 'recorder',
    init: () => ({ count: 0 }),
    decide(state, event) {
      seen.push({ ...event });
      return [Infinity, { count: state.count + 1 }];
    },
    ...extra,
  });
}

/** The event of one norm. */
export function eventOf(norm: number, step = 0, more: Partial<GradientNormEvent> = {}): GradientNormEvent {
  return { step, key: 'global', norm, size: 1, ...more };
}

/** The events of a list of norms, from step 0 on. */
export function eventsOf(norms: readonly number[]): GradientNormEvent[] {
  return norms.map((norm, step) => eventOf(norm, step));
}

/** What a policy answers to each event; 'fault' where it throws, after which the same state is used again. */
export function answers(
  policy: ClipPolicy<any>,
  events: readonly GradientNormEvent[],
  state: unknown = policy.init(events[0]?.key ?? 'global'),
): { bounds: (ClipBound | 'fault')[]; state: unknown } {
  const bounds = events.map((event) => {
    try {
      const [bound, next] = policy.decide(state, event);
      state = next;
      return bound;
    } catch {
      return 'fault';
    }
  });
  return { bounds, state };
}
