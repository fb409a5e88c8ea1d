import { grouped, percent } from '@gradclip/example-compare';
import { keyOf } from '../job.ts';
import type { Job, Result } from '../job.ts';
import { createEstimate } from './estimate.ts';
import type { Watcher } from './pool.ts';

/** One line that is written over in a terminal, every second; nothing at all in a pipe. */
export interface Progress extends Watcher {
  end(): void;
}

/** `known`: results of former sessions; `seconds`: a clock that does not run backwards. */
export function createProgress(
  stream: NodeJS.WriteStream,
  jobs: readonly Job[],
  known: Iterable<Result>,
  threads: number,
  seconds: () => number = () => performance.now() / 1000,
): Progress {
  const estimate = createEstimate(jobs, known, Math.min(threads, Math.max(1, jobs.length)));
  let done = 0;
  let last: Job | undefined;

  function draw(): void {
    if (!stream.isTTY) return;
    const now = seconds();
    const runs = `${grouped(done)} of ${grouped(jobs.length)} runs, ${percent(Math.min(0.99, estimate.share(now)))} of the work`;
    const line = `${runs}, about ${duration(estimate.left(now))} left${last ? `; last ${keyOf(last)}` : ''}`;
    // Narrower than the terminal by one, since some go on in the next line after the last column; some say 0 columns.
    stream.write(`\r\u001b[2K${line.slice(0, (stream.columns || 80) - 1)}`);
  }

  const timer = stream.isTTY && jobs.length ? setInterval(draw, 1000).unref() : undefined;
  return {
    started(job) {
      estimate.started(job, seconds());
      if (!last) draw();
    },
    done(result) {
      done++;
      last = result;
      estimate.done(result, seconds());
      draw();
    },
    end() {
      clearInterval(timer);
      if (stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
}

/** `12 s`, `25 min`, `3 h 10 min`, rounded up. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
