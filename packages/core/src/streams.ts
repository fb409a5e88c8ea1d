import { Observable, Subject } from 'rxjs';
import type { Observer, OperatorFunction, Subscriber, Subscription, TeardownLogic } from 'rxjs';
import { subscriberFailed } from './alerts.ts';
import type { ClipAlert, StepDecision } from './decision.ts';
import type { GradientNormEvent } from './event.ts';

type Listener<T> = Partial<Observer<T>> | ((value: T) => void) | null;

/**
 * An Observable whose subscribers cannot hurt the producer: what they throw, or reject, is reported once for each
 * subscription. Chains made with `pipe` stay guarded; RxJS itself would end the process a tick later.
 */
class GuardedObservable<T> extends Observable<T> {
  readonly #report: (cause: unknown) => void;

  constructor(report: (cause: unknown) => void, subscribe?: (subscriber: Subscriber<T>) => TeardownLogic) {
    super(subscribe);
    this.#report = report;
  }

  /** The end of a chain is guarded, whatever its operators are made of. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the signature of Observable
  override pipe(...operators: OperatorFunction<any, any>[]): Observable<any> {
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    const piped: Observable<any> = super.pipe(...(operators as []));
    if (piped instanceof GuardedObservable) return piped;
    return new GuardedObservable(this.#report, (subscriber) => piped.subscribe(subscriber));
  }

  override subscribe(
    listener?: Listener<T>,
    error?: ((cause: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // Operators subscribe with subscribers of their own, whose errors travel down the chain to the listener at its end.
    if (typeof listener === 'object' && listener !== null && 'isStopped' in listener) return super.subscribe(listener);
    const own = typeof listener === 'function' ? { next: listener } : (listener ?? {});
    let reported = false;
    const report = (cause: unknown): void => {
      if (!reported) this.#report(cause);
      reported = true;
    };
    const guarded = <A extends unknown[]>(handler: ((...values: A) => unknown) | null | undefined) => {
      return (...values: A): void => {
        try {
          const result: unknown = handler?.apply(own, values);
          if (result instanceof Promise) result.catch(report);
        } catch (cause) {
          report(cause);
        }
      };
    };
    const onError = error ?? own.error;
    return super.subscribe({
      next: guarded(own.next),
      error: onError ? guarded(onError) : report,
      complete: guarded(complete ?? own.complete),
    });
  }
}

/** The three hot streams of a clipper. Values are made for observers only, and only when there are some. */
export class Streams {
  readonly norms$: Observable<GradientNormEvent>;
  readonly decisions$: Observable<StepDecision>;
  readonly alerts$: Observable<ClipAlert>;
  readonly #norms: Subject<GradientNormEvent> = new Subject();
  readonly #decisions: Subject<StepDecision> = new Subject();
  readonly #alerts: Subject<ClipAlert> = new Subject();
  readonly #waiting: ClipAlert[] = [];
  readonly #warned: Set<string> = new Set();
  /** While a step is decided, alerts wait for its end. */
  #holding = false;

  /** @param step tells the number of the last step, for alerts about subscribers. */
  constructor(step: () => number) {
    const guard = <T>(subject: Subject<T>, name: string): Observable<T> => {
      const report = (cause: unknown): void => this.announce(subscriberFailed(step(), name, cause));
      return new GuardedObservable<T>(report, (subscriber) =>
        // Each subscription on its own: what one throws, at its end too, must not keep the others from hearing.
        subject.subscribe({
          next: (value) => attempt(() => subscriber.next(value), report),
          complete: () => attempt(() => subscriber.complete(), report),
        }),
      );
    };
    this.norms$ = guard(this.#norms, 'norms$');
    this.decisions$ = guard(this.#decisions, 'decisions$');
    this.alerts$ = guard(this.#alerts, 'alerts$');
  }

  announce(alert: ClipAlert): void {
    this.#waiting.push(Object.freeze(alert));
    if (!this.#holding) this.#deliver();
  }

  hold(): void {
    this.#holding = true;
  }

  /** After a complete step: its norms, its decision, then what there was to announce. */
  emit(events: Iterable<GradientNormEvent>, decision: StepDecision): void {
    if (this.#norms.observed) for (const event of events) this.#norms.next(event);
    // Frozen, because the training loop is handed the same object.
    if (this.#decisions.observed) this.#decisions.next(Object.freeze(decision));
  }

  get observed(): boolean {
    return this.#norms.observed || this.#decisions.observed;
  }

  release(): void {
    this.#holding = false;
    if (this.#waiting.length) this.#deliver();
  }

  end(): void {
    this.#norms.complete();
    this.#decisions.complete();
    this.#alerts.complete();
  }

  #deliver(): void {
    this.#holding = true;
    for (let alert = this.#waiting.shift(); alert; alert = this.#waiting.shift()) {
      if (this.#alerts.observed) this.#alerts.next(alert);
      else this.#warn(alert);
    }
    this.#holding = false;
  }

  /** Nobody listens to alerts$: say it once a code, because a silent fault costs a run. */
  #warn({ code, message, advice }: ClipAlert): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    attempt(
      () => console.warn(`gradclip ${code}: ${message} ${advice} (Subscribe to alerts$ to handle this.)`),
      () => {},
    );
  }
}

function attempt(work: () => void, report: (cause: unknown) => void): void {
  try {
    work();
  } catch (cause) {
    report(cause);
  }
}
