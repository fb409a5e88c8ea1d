// How every policy gets over bad steps and changes of level: `npm run bench:recovery -- --help`.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { withTexts } from './document.ts';
import { measure } from './matrix.ts';
import { tablesOf } from './tables.ts';

const HELP = `npm run bench:recovery -- [--json | --write FILE] [--help]

Feeds every policy, behind a clipper, with calm norms, a bad step or a change of level, and calm norms again, and says
after how many steps it decides as it would have without. Prints the tables as Markdown; the same numbers every time.

  --json         prints the numbers as JSON
  --write FILE   puts the tables in their places in FILE, which is docs/recovery.md`;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) console.log(HELP);
else {
  const matrix = measure((policy) => {
    if (process.stderr.isTTY) console.error(`${policy} …`);
  });
  if (values.json) console.log(encode(matrix as unknown as Json));
  else if (values.write === undefined) {
    for (const [name, table] of Object.entries(tablesOf(matrix))) console.log(`## ${name}\n\n${table}\n`);
  } else writeFileSync(values.write, withTexts(readFileSync(values.write, 'utf8'), tablesOf(matrix)));
}
