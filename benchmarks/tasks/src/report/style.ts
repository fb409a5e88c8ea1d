/** Grey without clipping, blue for constants, green for schedules, orange for adaptive policies; hits and misses have words, too. */
export const css: string = `
:root{color-scheme:light dark;--page:#f6f7f8;--card:#fff;--text:#1b1e22;--soft:#5c646e;--line:#e3e6ea;
--none:#7c838c;--constant:#2f7fd0;--schedule:#1d9270;--adaptive:#c77a0a;--bad:#b3261e;--good:#137243;--hit:#dff3e6;--missed:#fbe6e3;--auto:#8a43b0}
@media screen and (prefers-color-scheme:dark){:root{--page:#111316;--card:#1a1d21;--text:#e8eaed;--soft:#9aa3ad;--line:#2c3137;
--none:#979fa9;--constant:#6aa3dc;--schedule:#45c79c;--adaptive:#f0a848;--bad:#ff8d84;--good:#6fdba0;--hit:#163826;--missed:#45201d;--auto:#c48be6}}
@media print{:root{color-scheme:light;--page:#fff}body{font-size:11px}.card{break-inside:auto;overflow:visible}figure,tr{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 56px}
h1{font-size:26px;line-height:1.25;margin:0 0 10px}
h2{font-size:19px;margin:40px 0 6px}
h3{font-size:15px;margin:22px 0 4px}
h4{font-size:13px;margin:0 0 2px;font-weight:600}
p,ul{margin:0 0 8px;max-width:88ch}
p,li,summary{color:var(--soft);font-size:14px}
a{color:inherit}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;margin:10px 0}
.scroll{overflow-x:auto}
.grid{display:grid;gap:14px 18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr))}
figure{margin:0;min-width:0}
svg{display:block}
figure svg{width:100%;height:auto}
svg text{fill:var(--soft);font-size:11px;font-family:inherit}
svg .end{text-anchor:end}
svg .middle{text-anchor:middle}
svg .met{fill:var(--good)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;list-style:none;max-width:none}
.legend svg{display:inline-block;width:24px;height:8px;margin-right:6px}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:3px 10px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
.strips th{white-space:normal;vertical-align:bottom}
.strips .name{white-space:nowrap;vertical-align:middle}
th{font-weight:600;color:var(--soft)}
tr:last-child>*{border-bottom:0}
tr>:first-child{position:sticky;left:0;background:var(--card);padding-left:0}
.name{color:var(--text)}
th.name{font-weight:500}
.name::before{content:"";display:inline-block;width:9px;height:9px;border-radius:2px;margin-right:7px;background:var(--c)}
.matrix td,.matrix th{text-align:center}
.matrix tr>:first-child{text-align:left}
td.hit{background:var(--hit)}
td.missed{background:var(--missed)}
.hit{color:var(--good)}
.missed{color:var(--bad)}
.soft{color:var(--soft)}
.strips td,.strips th{padding:2px 6px}
.strips td{line-height:14px;font-size:12px;vertical-align:middle}
.axis td{padding-bottom:0}
${['none', 'constant', 'schedule', 'adaptive'].map((kind) => `.${kind}{--c:var(--${kind})}`).join('')}
.dot,.bar{fill:var(--c);stroke:var(--c)}
.design.dot,.design.bar{fill:var(--card)}
.spread{stroke:var(--c);stroke-opacity:.35;stroke-width:2}
.limit{stroke:var(--good);stroke-dasharray:3 2}
.cross{stroke:var(--bad);stroke-width:1.8}
.tick,line.grid{stroke:var(--line)}
.band{fill:var(--constant);fill-opacity:.16}
.curve{fill:none;stroke:var(--constant);stroke-width:1.8}
.point{fill:var(--constant)}
.rule{stroke:var(--adaptive);stroke-opacity:.3;stroke-width:1}
.rule-0{stroke:var(--none);stroke-width:2;stroke-dasharray:2 3}
.rule-1{stroke:var(--auto);stroke-width:2.4}
.rule-2{stroke:var(--adaptive);stroke-width:1.8;stroke-dasharray:7 3}
details{margin:10px 0}
summary{cursor:pointer}
pre{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:560px){main{padding:20px 12px 40px}h1{font-size:21px}.card{padding:10px}th,td{padding:3px 6px}}
`;
