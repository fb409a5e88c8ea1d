// Who may import what. Reads packages/*/src; the tables below are the rules.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

/**
 * What the sources of a package may import besides each other. `in` lists the files, or folders, below src where the
 * import may stand (absent: everywhere); with `typesEverywhere`, `import type` may stand in the other files, too.
 */
const allowed = {
  core: {
    rxjs: { in: ['streams.ts', 'operators/clipWith.ts', 'operators/fromOperator.ts'], typesEverywhere: true },
    inversify: { in: ['plugin/', 'registry.ts', 'inversify.ts'] },
    'reflect-metadata': { in: ['plugin/', 'registry.ts', 'inversify.ts'] },
  },
  policies: {
    '@gradclip/core': {},
  },
  adapters: {
    '@gradclip/core': {},
    '@tensorflow/tfjs-core': { in: ['tfjs/'] },
  },
};
/** Names that only Node has; the packages run in browsers. */
const nodeGlobals = new Set(['Buffer', 'process', 'require', '__dirname', '__filename', 'setImmediate']);
const syntax = {
  ExportDefaultDeclaration: 'a default export: export by name',
  TSEnumDeclaration: 'an enum: use a union of strings',
  Decorator: 'a decorator: use a function',
};
const maxLines = 250;

const root = fileURLToPath(new URL('..', import.meta.url));
const violations = [];
let files = 0;
let imports = 0;

for (const name of readdirSync(`${root}packages`)) {
  const src = `${root}packages/${name}/src`;
  if (!existsSync(src)) continue;
  if (!(name in allowed)) violations.push(`packages/${name}: has no rules in scripts/check-imports.mjs`);
  const graph = new Map();
  for (const entry of readdirSync(src, { recursive: true }).toSorted()) {
    if (entry.endsWith('.ts')) checkFile(src, resolve(src, entry), allowed[name] ?? {}, graph);
  }
  reportCycles(graph);
}

console.log(`Checked ${imports} imports in ${files} files of ${Object.keys(allowed).join(', ')}.`);
for (const violation of violations) console.log(`  ${violation}`);
console.log(violations.length === 0 ? 'All rules are kept.' : `${violations.length} violations.`);
process.exitCode = violations.length === 0 ? 0 : 1;

function checkFile(src, file, rules, graph) {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length - 1;
  const report = (node, message) =>
    violations.push(`${relative(root, file)}:${text.slice(0, node.start).split('\n').length}: ${message}`);
  if (lines > maxLines) report({ start: text.length - 1 }, `${lines} lines, more than ${maxLines}: it is two things`);
  files++;
  graph.set(file, []);

  walk(parseAst(text, { lang: 'ts' }, file), (node, parent, key) => {
    if (node.type in syntax) report(node, syntax[node.type]);
    const named = (key === 'property' || key === 'key') && !parent.computed;
    if (node.type === 'Identifier' && nodeGlobals.has(node.name) && !named)
      report(node, `${node.name} is not in browsers`);
    if (node.source?.type === 'Literal') {
      const typeOnly = node.type === 'TSImportType' || (node.importKind ?? node.exportKind) === 'type';
      const problem = importProblem(src, file, node.source.value, typeOnly, rules);
      if (problem) report(node, problem);
      else if (!typeOnly && node.source.value.startsWith('.'))
        graph.get(file).push(resolve(dirname(file), node.source.value));
      imports++;
    } else if (node.type === 'ImportExpression') report(node, 'import() of a computed name');
  });
}

/** What is wrong with importing `specifier` in `file`; undefined when nothing is. */
function importProblem(src, file, specifier, typeOnly, rules) {
  if (specifier.startsWith('.')) {
    if (!specifier.endsWith('.ts')) return `'${specifier}' must name the source file and end in .ts`;
    if (relative(src, resolve(dirname(file), specifier)).startsWith('..')) return `'${specifier}' leaves the package`;
    return undefined;
  }
  const rule = Object.hasOwn(rules, specifier) ? rules[specifier] : undefined;
  if (rule === undefined) return `'${specifier}' may not be imported in this package`;
  const here = relative(src, file).replaceAll('\\', '/');
  const inPlace = rule.in?.some((place) => here === place || (place.endsWith('/') && here.startsWith(place))) ?? true;
  if (inPlace || (typeOnly && rule.typesEverywhere)) return undefined;
  return `'${specifier}' may be imported in ${rule.in.join(', ')} only${rule.typesEverywhere ? '; elsewhere import type' : ''}`;
}

/** Cycles of imports that are still there when the code runs. */
function reportCycles(graph) {
  const done = new Set();
  const visit = (file, path) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const cycle = [...path.slice(start), file].map((one) => relative(root, one));
      violations.push(`${cycle[0]}:1: imports itself: ${cycle.join(' → ')}`);
    } else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    }
  };
  for (const file of graph.keys()) visit(file, []);
}

function walk(node, visit, parent, key) {
  if (Array.isArray(node)) for (const one of node) walk(one, visit, parent, key);
  else if (typeof node?.type === 'string') {
    visit(node, parent, key);
    for (const [name, child] of Object.entries(node)) if (typeof child === 'object') walk(child, visit, node, name);
  }
}
