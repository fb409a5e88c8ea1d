import { percent, short } from '../format.ts';
import { hasFailed, quantity } from '../metric.ts';
import type { Job, RunResult } from '../result.ts';
import { unitOf } from '../task.ts';
import type { Task } from '../task.ts';
import type { Display } from './display.ts';
import type { Standings } from './standing.ts';

/** Plain lines for a pipe or a log file: one when a run starts, one when it ends, one every few seconds. */
export function createLines(
  write: (line: string) => void,
  task: Task,
  standings: Standings,
  seconds: number = 5,
): Display {
  const begin = performance.now();
  const running = new Set<Job>();
  const several = standings.rows.some(({ jobs }) => jobs > 1);
  const say = (text: string): void =>
    write(`${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${text}`);
  const title = (job: Job): string => standings.row(job).run.title + (several ? `, seed ${job.seed}` : '');

  const timer = setInterval(() => {
    for (const job of running) {
      const { latest } = standings.row(job);
      if (!latest) continue;
      const at = `${unitOf(task)} ${latest.step} of ${job.steps}`;
      say(`${title(job)}: ${at}, ${task.curve.name} ${short(latest.curve)}, norm ${short(latest.norm)}`);
    }
  }, 1000 * seconds);

  return {
    started(job) {
      standings.started(job);
      running.add(job);
      say(`${title(job)}: started`);
    },
    progress: standings.progress,
    finished(result) {
      standings.finished(result);
      for (const job of running) if (job.run === result.job.run && job.seed === result.job.seed) running.delete(job);
      say(`${title(result.job)}: ${ending(task, result)}`);
    },
    close: () => clearInterval(timer),
  };
}

function ending(task: Task, result: RunResult): string {
  const { metric } = task;
  const { steps, value, clipRate } = result;
  const unit = unitOf(task);
  if (result.ending === 'failed') return `failed, not finite after ${unit} ${steps}`;
  const failed = hasFailed(metric, result);
  const word = result.ending === 'stopped' ? `cut at ${unit} ${steps}` : failed ? 'failed' : 'finished';
  return `${word}, ${metric.name} ${quantity(metric, value)}, ${percent(clipRate)} of the ${unit}s clipped`;
}
