import type { GradientStage, Json, StageRule } from '@gradclip/core';
import type { StageCheckOptions } from '@gradclip/core/testing';
import { carrying, momentum } from './referenceStages.ts';
import type { Last, Mean } from './referenceStages.ts';

/** A stage with one thing wrong. */
export interface BrokenStage {
  readonly what: string;
  /** The check meant for it; no check before it in the list fails. */
  readonly caughtBy: string;
  make(): GradientStage<any>;
  readonly options?: StageCheckOptions;
}

export const momentumWith = (change: Partial<StageRule<any>>): GradientStage<any> => ({ ...momentum(), ...change });
const carryingWith = (change: Partial<StageRule<any>>): GradientStage<any> => ({ ...carrying, ...change });
const { transform, commit, init } = momentum();

const OPTIONS = 'has options that are plain data';
const FINITE = 'makes finite gradients of finite ones';
const LEFT = 'is as before after a step that was not taken';
const CHANCE = 'does not look at clocks or random numbers';
const PLAIN = 'has a state of plain data, or saves it';
const SHARED = 'saves a value that shares nothing with the state';
const RESTORED = 'goes on as before when every step is restored';
const SIZE = 'saves no more values of a tensor than promised, however long the run';

const shared = { sum: 0 };

/** What they are, and what they do to gradients. */
export const brokenStages: readonly BrokenStage[] = [
  {
    what: 'was not made by defineStage',
    caughtBy: 'has a name, init, transform and commit',
    make: () => ({ ...momentum(), begin: undefined! }),
  },
  { what: 'cannot load', caughtBy: 'has save and load, or neither', make: () => carryingWith({ load: undefined! }) },
  {
    what: 'has half a version',
    caughtBy: 'counts the versions of its state from 1',
    make: () => momentumWith({ stateVersion: 1.5 }),
  },
  {
    what: 'has a function as an option',
    caughtBy: OPTIONS,
    make: () => momentumWith({ options: { at: Math.abs } as never }),
  },
  {
    what: 'divides by an average that is 0',
    caughtBy: FINITE,
    make: () => momentumWith({ transform: ({ mean }: Mean, g) => void g.forEach((x, i) => (g[i] = x / mean[i]!)) }),
  },
  {
    what: 'throws in its third commit',
    caughtBy: FINITE,
    make: () =>
      momentumWith({
        commit(_state, _raw, _sent, step) {
          if (step === 2) throw new Error('no more');
        },
      }),
  },
  {
    what: 'takes the largest element of none',
    caughtBy: 'takes tensors of no elements and of one',
    make: () =>
      momentumWith({
        transform: (_, g) => {
          const top = [...g].reduce((a, b) => Math.max(Math.abs(a), Math.abs(b))) || 1;
          g.forEach((x, i) => (g[i] = x / Math.max(1, top)));
        },
      }),
  },
  {
    what: 'multiplies cubes',
    caughtBy: 'makes finite gradients of the smallest and the largest elements',
    make: () => momentumWith({ transform: (_, g) => void g.forEach((x, i) => (g[i] = x ? (x * x * x) / (x * x) : 0)) }),
  },
  {
    what: 'records in transform',
    caughtBy: LEFT,
    make: () =>
      momentumWith({
        transform(state: Mean, gradient, step) {
          commit(state, gradient, gradient, step);
          gradient.set(state.mean);
        },
        commit() {},
      }),
  },
  {
    what: 'counts transforms beside its state',
    caughtBy: LEFT,
    make: () => {
      const counts = new WeakMap<Mean, number>();
      return momentumWith({
        transform(state: Mean, gradient) {
          const count = (counts.get(state) ?? 0) + 1;
          counts.set(state, count);
          gradient.forEach((x, i) => (gradient[i] = x / count));
        },
      });
    },
  },
  {
    what: 'adds noise to what is sent',
    caughtBy: 'leaves the buffers of a commit as they are',
    make: () =>
      momentumWith({
        commit(state: Mean, raw, sent, step) {
          commit(state, raw, sent, step);
          sent.forEach((x, i) => (sent[i] = x + 1));
        },
      }),
  },
  {
    what: 'keeps the raw gradient',
    caughtBy: 'keeps no reference to a buffer',
    make: () =>
      carryingWith({
        commit(state: Last, raw) {
          state.values = raw as Float64Array;
        },
      }),
  },
  {
    what: 'drops elements at random',
    caughtBy: CHANCE,
    make: () => momentumWith({ transform: (_, g) => void g.forEach((x, i) => (g[i] = Math.random() < 0.5 ? 0 : x)) }),
  },
  {
    what: 'forgets after a second',
    caughtBy: CHANCE,
    make: () => momentumWith({ transform: (_, g) => void (Date.now() % 2 && g.fill(0)) }),
  },
  {
    what: 'has one sum for all stages',
    caughtBy: 'does the same to the same gradients',
    make: () =>
      momentumWith({
        transform: (_, g) => void g.forEach((x, i) => (g[i] = x / (1 + shared.sum))),
        commit: () => void shared.sum++,
      }),
  },
  {
    what: 'gives every run the state of the last',
    caughtBy: 'starts each state afresh',
    make: () => {
      const states = new Map<number, Mean>();
      const initOnce = (tensor: string, length: number) => {
        const state = states.get(length) ?? init(tensor, length);
        states.set(length, state);
        return state;
      };
      return momentumWith({ init: initOnce });
    },
  },
  {
    what: 'carries a number from tensor to tensor',
    caughtBy: 'keeps its tensors apart',
    make: () => {
      let before = 0;
      return momentumWith({
        init(tensor: string, length: number) {
          before = 0;
          return init(tensor, length);
        },
        transform: (_, g) => void g.forEach((x, i) => (g[i] = x + before)),
        commit: (_state, raw) => void (before = (raw[0] ?? 0) / 2),
      });
    },
  },
  {
    what: 'takes a sum in a scratch number across calls',
    caughtBy: 'keeps its tensors apart',
    make: () => {
      let top = 0;
      return momentumWith({
        init(tensor: string, length: number) {
          top = 0;
          return init(tensor, length);
        },
        transform: (state: Mean, g, step) => {
          transform(state, g, step);
          top = Math.abs(g[0] ?? 0);
        },
        commit: (state: Mean) => void (state.mean = state.mean.map(() => top)),
      });
    },
  },
];

/** What they save and load. */
export const brokenSavedStages: readonly BrokenStage[] = [
  {
    what: 'has a typed array as its state',
    caughtBy: PLAIN,
    make: () => carryingWith({ save: undefined!, load: undefined! }),
  },
  {
    what: 'counts its transforms',
    caughtBy: 'changes its state in commit alone',
    make: () =>
      momentumWith({
        init: (tensor, length) => ({ ...init(tensor, length), asked: 0 }),
        transform(state: Mean & { asked: number }, gradient, step) {
          state.asked++;
          transform(state, gradient, step);
        },
      }),
  },
  {
    what: 'saves the list it goes on writing to',
    caughtBy: SHARED,
    make: () => momentumWith({ save: ({ mean }: Mean) => mean, load: (mean) => ({ mean: [...(mean as number[])] }) }),
  },
  {
    what: 'goes on writing to the list it loaded',
    caughtBy: 'loads a state that shares nothing with the saved value',
    make: () => momentumWith({ save: ({ mean }: Mean) => [...mean], load: (mean) => ({ mean: mean as number[] }) }),
  },
  {
    what: 'saves as float32',
    caughtBy: RESTORED,
    make: () =>
      carryingWith({ save: ({ values, seen }: Last): Json => ({ values: [...Float32Array.from(values)], seen }) }),
  },
  {
    what: 'loads the next version only',
    caughtBy: 'loads a state that shares nothing with the saved value',
    make: () => carryingWith({ stateVersion: 1 }),
  },
  {
    what: 'keeps its gradients',
    caughtBy: SIZE,
    make: () => momentumWith({ commit: ({ mean }: Mean, raw) => void mean.push(...raw) }),
    options: { stateSize: (length) => length },
  },
];
