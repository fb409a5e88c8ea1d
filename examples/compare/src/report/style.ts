import { titleInGroup } from '../run.ts';
import type { Run } from '../run.ts';

/** Colours by kind: grey without clipping, blues for constants, greens for schedules, warm ones for adaptive policies. */
const colours: Readonly<Record<Run['kind'], readonly (readonly [light: string, dark: string, dash?: string])[]>> = {
  none: [['#7c838c', '#979fa9', '2 3']],
  constant: [
    ['#86b6e8', '#4a7fb8'],
    ['#4c93da', '#6aa3dc'],
    ['#1f6fc4', '#94c2f0'],
    ['#0d4a8f', '#c6dffa'],
  ],
  schedule: [
    ['#1d9270', '#45c79c', '7 3'],
    ['#6f8f12', '#b3cf52', '7 3'],
  ],
  adaptive: [
    ['#c77a0a', '#f0a848'],
    ['#cf3f56', '#f27a8c'],
    ['#8a43b0', '#c48be6'],
    ['#8a5a3b', '#cfa283'],
    ['#d15fa6', '#f0a3d0'],
  ],
};

/** The class that gives the marks of a run their colour: one for each title of a kind, the same in every group. */
export function seriesClass(run: Run, runs: readonly Run[]): string {
  const { kind } = run;
  const titles = new Set(runs.filter((other) => other.kind === kind).map(titleInGroup));
  const index = [...titles].indexOf(titleInGroup(run));
  return `s-${kind}-${index % colours[kind].length}`;
}

const series = Object.entries(colours).flatMap(([kind, list]) =>
  list.map(([light, dark, dash], i) => ({ name: `${kind}-${i}`, light, dark, dash })),
);

const variables = (theme: 'light' | 'dark'): string => series.map((each) => `--${each.name}:${each[theme]}`).join(';');

export const css: string = `
:root{color-scheme:light dark;--page:#f6f7f8;--card:#fff;--text:#1b1e22;--soft:#5c646e;--line:#e3e6ea;--bad:#c62f2f;--accent:#d9720d;
--norm:#5f7183;--heat:#1f6fc4;${variables('light')}}
@media (prefers-color-scheme:dark){:root{--page:#111316;--card:#1a1d21;--text:#e8eaed;--soft:#9aa3ad;--line:#2c3137;--bad:#ff7d74;
--accent:#ffab4a;--norm:#8497aa;--heat:#6aa3dc;${variables('dark')}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:36px 20px 56px}
h1{font-size:27px;line-height:1.25;margin:0 0 14px;letter-spacing:-.01em}
h2{font-size:18px;margin:40px 0 4px}
h3{font-size:14px;margin:0;display:flex;justify-content:space-between;gap:8px;font-weight:600}
h3 span{font-weight:400;color:var(--soft)}
p{margin:0 0 10px;max-width:78ch}
.soft,figcaption{color:var(--soft);font-size:13.5px}
.notice{border-left:3px solid var(--bad);padding:2px 0 2px 12px;font-weight:600}
.grid{display:grid;gap:16px;margin-top:14px}
.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
.three{grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr))}
.card{margin:0;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.scroll{overflow-x:auto}
figcaption{margin-top:8px}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
svg .name,svg .value{fill:var(--text)}
svg .value{font-weight:600}
svg .axis{font-size:12px;font-style:italic}
svg .small{font-size:10.5px}
svg .end{text-anchor:end}
svg .middle{text-anchor:middle}
svg .bad,td.bad{fill:var(--bad);color:var(--bad)}
line.grid{stroke:var(--line)}
.reference{stroke:var(--soft);stroke-dasharray:2 3}
.bar{fill:var(--c)}
.dot{fill:var(--card);stroke:var(--text);stroke-width:1.2}
.dot.bad{stroke:var(--bad)}
.series{stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
.norm{stroke:var(--norm);stroke-width:1;stroke-linejoin:round}
.threshold{stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
.marked{fill:var(--text)}
.empty{fill:var(--line);fill-opacity:.55}
.heat,.clipped{fill:var(--heat)}
.heat,.clipped,.skipped,.empty{shape-rendering:crispEdges}
.skipped{fill:var(--bad)}
.cross{stroke:var(--bad);stroke-width:2}
.end-of-run{stroke:var(--bad);stroke-dasharray:3 3}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;padding:0;list-style:none;color:var(--soft);font-size:13px}
.legend svg{display:inline-block;width:24px;height:12px;vertical-align:-1px;margin-right:6px}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th{font-weight:600;text-align:right;color:var(--soft);vertical-align:bottom;line-height:1.25}
th,td{padding:3.5px 0 3.5px 11px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{white-space:normal}
th:first-child,td:first-child{text-align:left;padding-left:0}
tr:last-child td{border-bottom:0}
td.group{color:var(--soft);font-style:italic;padding-top:10px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:12px 0 0;font-size:14px}
dt{color:var(--soft)}
dd{margin:0;max-width:78ch}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (min-width:1000px){.numbers{grid-template-columns:minmax(0,9fr) minmax(0,11fr)}}
@media (max-width:560px){main{padding:22px 12px 40px}h1{font-size:22px}.card{padding:12px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
${series.map(({ name }) => `.s-${name}{--c:var(--${name})}`).join('')}
${series.map(({ name, dash }) => (dash ? `.series.s-${name}{stroke-dasharray:${dash}}` : '')).join('')}
`;
