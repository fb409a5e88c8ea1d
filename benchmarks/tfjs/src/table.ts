import Table from 'cli-table3';
import type { Timing } from '@gradclip/benchmarks/sideBySide';
import type { Result } from './result.ts';

const GROUPS = [
  ['norm', 'norm of the gradients'],
  ['clip', 'clip them'],
  ['step', 'training step, sgd, batch 32'],
] as const;

/** One backend: a row for each way, a column for each number of tensors. */
export function tableOf(results: readonly Result[]): string {
  const [first] = results;
  const table = new Table({
    head: [
      `${first!.backend}, ${first!.parameters.toLocaleString('en')} parameters`,
      ...results.map(({ tensors }) => `${tensors} tensors`),
    ],
    colAligns: ['left', ...results.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const [group, title] of GROUPS)
    first![group].forEach(({ name }, i) =>
      table.push([`${title}: ${name}`, ...results.map((result) => cell(result[group][i]!, i))]),
    );
  return table.toString();
}

function cell({ ns, ratio }: Timing, i: number): string {
  const time = `${(ns / 1000).toPrecision(3).replace(/e\+(\d+)$/, 'e$1')} us`;
  return i === 0 ? time : `${time}  ${ratio.toFixed(2)}`;
}
