import type { Difference } from './compare.ts';
import type { Cell } from './matrix.ts';

/** `–`, `20 ÷3`, `20 (50) off`, `**never** shut`; the signs are explained in the document. */
export function cellText({ steps, worst, difference }: Cell): string {
  if (!difference) return '–';
  const spread = worst === steps ? '' : ` (${stepsText(worst)})`;
  return `${stepsText(steps)}${spread} ${differenceText(difference)}`;
}

export function stepsText(steps: number): string {
  return steps === Infinity ? '**never**' : steps.toLocaleString('en');
}

/** With two digits. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(2));
  return rounded.toLocaleString('en');
}

export function differenceText({ kind, times }: Difference): string {
  if (kind === 'off') return 'off';
  const isHuge = times >= 1000;
  if (kind === 'tight') return isHuge ? 'shut' : `÷${numberText(times)}`;
  return isHuge ? '×1,000' : `×${numberText(times)}`;
}

/** A table of Markdown; the first row is the head. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const [head, ...others] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [head!, head!.map(() => '---'), ...others].map(line).join('\n');
}
