/** Grey without clipping, blue for constants, green for schedules, orange for adaptive policies. */
export const css: string = `
:root{color-scheme:light dark;--page:#f6f7f8;--card:#fff;--text:#1b1e22;--soft:#5c646e;--line:#e3e6ea;
--none:#7c838c;--constant:#4c93da;--schedule:#1d9270;--adaptive:#c77a0a;--lost:#c62f2f}
@media (prefers-color-scheme:dark){:root{--page:#111316;--card:#1a1d21;--text:#e8eaed;--soft:#9aa3ad;--line:#2c3137}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:1160px;margin:0 auto;padding:32px 20px}
h1{font-size:26px;margin:0 0 8px}
h2{font-size:18px;margin:36px 0 4px}
h3{font-size:14px;margin:0 0 6px}
p{margin:0 0 8px;color:var(--soft);max-width:80ch}
.grid{display:grid;gap:14px;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));margin:12px 0}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font-size:11.5px}
svg .name{text-anchor:end;fill:var(--text)}
${['none', 'constant', 'schedule', 'adaptive', 'lost'].map((kind) => `.${kind}{fill:var(--${kind})}`).join('')}
.scroll{overflow-x:auto}
pre{font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;margin:0 0 12px}
`;
