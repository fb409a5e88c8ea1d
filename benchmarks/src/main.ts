// Side by side with the plain loop, in one run: `npm run bench`, `npm run bench -- --json`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { decisions } from './decisions.ts';
import { percentiles } from './percentiles.ts';
import type { Timing } from './sideBySide.ts';
import { smallTensors } from './smallTensors.ts';
import { units } from './units.ts';

const HELP = `npm run bench -- [--json] [--help]

Medians of 21 rounds in which all variants take turns. Ratios hold between machines, times do not.`;

interface Section {
  readonly title: string;
  readonly unit: string;
  /** What the last row is held to, or all are. */
  readonly target: string;
  readonly timings: () => Promise<readonly Timing[]>;
}

type Result = Omit<Section, 'timings'> & { readonly timings: readonly Timing[] };

const SECTIONS: readonly Section[] = [
  {
    title: 'Clip 20 tensors of 50 elements',
    unit: 'ns a call',
    target: 'at most 1.3 times the naive loop',
    timings: smallTensors,
  },
  { title: 'Unit scope, AGC-like', unit: 'ns a key', target: 'under 100 ns a key', timings: units },
  {
    title: 'Percentile of a million norms',
    unit: 'ns a step',
    target: 'under 5,000 ns a step',
    timings: () => percentiles(1e6, Infinity),
  },
  {
    title: 'Percentile of the last 1,000',
    unit: 'ns a step',
    target: 'none',
    timings: () => percentiles(1e5, 1000),
  },
  {
    title: 'A decision of every policy',
    unit: 'ns a decision',
    target: 'auto() under 1,000 ns, every other at most as long as the first',
    timings: decisions,
  },
];

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' }, only: { type: 'string' } },
});
if (values.help) {
  console.log(HELP);
} else if (values.only !== undefined) {
  const { title, unit, target, timings } = SECTIONS[Number(values.only)]!;
  console.log(JSON.stringify({ title, unit, target, timings: await timings() } satisfies Result));
} else {
  const results = SECTIONS.map(({ title }, i): Result => {
    if (process.stderr.isTTY) console.error(`${title} …`);
    // A process each, so that no section meets the type feedback of another.
    const path = fileURLToPath(import.meta.url);
    return JSON.parse(execFileSync(process.execPath, [path, '--only', String(i)], { encoding: 'utf8' })) as Result;
  });
  console.log(
    values.json ? JSON.stringify({ node: process.version, results }, null, 2) : results.map(toText).join('\n'),
  );
}

function toText({ title, unit, target, timings }: Result): string {
  const table = new Table({
    head: [title, unit, `times ${timings[0]!.name}`],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { name, ns, ratio } of timings)
    table.push([name, ns.toPrecision(3), ratio >= 0.01 ? ratio.toFixed(2) : ratio.toExponential(1)]);
  return `${table.toString()}\nTarget: ${target}.\n`;
}
