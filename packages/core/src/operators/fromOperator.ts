import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { checkBound } from '../bound.ts';
import type { ClipBound } from '../bound.ts';
import { assertOption, GradclipError } from '../errors.ts';
import type { GradientNormEvent } from '../event.ts';
import type { Json } from '../json.ts';
import { definePolicy } from '../policy.ts';
import type { ClipPolicy } from '../policy.ts';

/** The last events, and the running chain they have been through. */
interface ChainState {
  recent: GradientNormEvent[];
  /** The chain has answered; from then on it must answer every event. */
  begun: boolean;
  chain: Chain | undefined;
}

interface Chain {
  end(): void;
  feed(event: GradientNormEvent): readonly ClipBound[];
}

/**
 * An RxJS chain as a policy. Once it has begun it must answer every event with exactly one bound, synchronously, or
 * that step is a fault; before, `until` is in force. Each key has a chain of its own.
 *
 * Its state is the last `replay` events, fed again on restore: exact for chains whose memory is at most that long,
 * which policyChecks tests. The current norm counts where the chain makes it count; there is no forecast.
 *
 * @param chain From the events of a key, in order, to bounds.
 * @param options.replay Events the chain remembers, an integer >= 0.
 * @param options.until The bound before the chain's first answer. Default Infinity.
 * @throws GradclipError INVALID_OPTION, INVALID_BOUND
 * @example
 * const highest = fromOperator('highest-of-50', (norms$) => norms$.pipe(
 *   scan((last: number[], { norm }) => [...last.slice(-49), norm], []),
 *   map((last) => Math.max(...last)),
 * ), { replay: 50 });
 */
export function fromOperator(
  name: string,
  chain: (norms$: Observable<GradientNormEvent>) => Observable<ClipBound>,
  options: { readonly replay: number; readonly until?: ClipBound },
): ClipPolicy {
  const { replay, until = Infinity } = options;
  assertOption('fromOperator', 'name', name, typeof name === 'string' && name !== '', 'a text');
  assertOption('fromOperator', 'chain', chain, typeof chain === 'function', 'a function of an Observable');
  assertOption('fromOperator', 'replay', replay, Number.isInteger(replay) && replay >= 0, 'an integer >= 0');
  checkBound(until);
  return definePolicy<ChainState>({
    name,
    init: () => ({ recent: [], begun: false, chain: undefined }),
    decide(state, event) {
      const kept = { ...event };
      try {
        const bounds = (state.chain ??= replayed(chain, state.recent)).feed({ ...kept });
        if (bounds.length !== 1 && (state.begun || bounds.length > 1)) throw notOneBound(name, bounds.length);
        const bound = bounds.length ? checkBound(bounds[0]) : until;
        state.begun ||= bounds.length === 1;
        state.recent.push(kept);
        if (state.recent.length > replay) state.recent.shift();
        return [bound, state];
      } catch (cause) {
        // The chain has seen an event that the state has not: it is made again from the state.
        state.chain?.end();
        state.chain = undefined;
        throw cause;
      }
    },
    save: ({ recent, begun }) => ({ recent: recent.map(withoutAbsent), begun }),
    load(saved) {
      const { recent, begun } = saved as unknown as Pick<ChainState, 'recent' | 'begun'>;
      return { recent: recent.map((event) => ({ ...event })), begun, chain: undefined };
    },
  });
}

/** A chain that has seen some events already. */
function replayed(
  operator: (norms$: Observable<GradientNormEvent>) => Observable<ClipBound>,
  events: readonly GradientNormEvent[],
): Chain {
  const norms = new Subject<GradientNormEvent>();
  let answers: ClipBound[] | undefined;
  let late = false;
  let ended: { readonly cause?: unknown } | undefined;
  const running = operator(norms.asObservable()).subscribe({
    next: (bound) => (answers ? answers.push(bound) : (late = true)),
    error: (cause: unknown) => (ended = { cause }),
    complete: () => (ended = {}),
  });
  // What a chain says before the first event is no answer to one.
  late = false;
  const feed = (event: GradientNormEvent): readonly ClipBound[] => {
    const own: ClipBound[] = [];
    answers = own;
    norms.next(event);
    answers = undefined;
    if (late) throw tooLate();
    if (!ended) return own;
    throw new GradclipError(
      'CHAIN_ENDED',
      `The chain ${'cause' in ended ? 'failed' : 'completed'} and answers no more.`,
      {
        advice: 'A chain used as a policy must run as long as the training.',
        ...ended,
      },
    );
  };
  for (const event of events) feed({ ...event });
  return { feed, end: () => running.unsubscribe() };
}

function notOneBound(name: string, count: number): GradclipError {
  return new GradclipError(
    'INVALID_BOUND',
    `The chain ${name} answered an event with ${count} bounds at once, not with 1.`,
    {
      where: { policy: name, count },
      advice: 'Use operators that emit once per event, synchronously: no delay, filter or buffer.',
    },
  );
}

function tooLate(): GradclipError {
  return new GradclipError('INVALID_BOUND', 'The chain answered after its event, when the step had been decided.', {
    advice: 'Answer synchronously: no delay, debounce or observeOn.',
  });
}

function withoutAbsent(event: GradientNormEvent): Json {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined));
}
