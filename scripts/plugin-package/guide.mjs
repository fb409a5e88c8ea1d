// What docs/write-a-policy.md has its reader write.

/**
 * A code block is a file where its first line is `// path`, or, because JSON has no comments, where the line above is the path.
 * A program, a .js file outside of folders, may be followed by a block `text` with what it prints; the other files are those of
 * the package.
 */
export function guideFiles(markdown) {
  const blocks = [...markdown.matchAll(/(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms)];
  const files = blocks.flatMap(([, above, , text], i) => {
    const path = above ?? /^\/\/ ([\w./-]+)\n/.exec(text)?.[1];
    if (path === undefined) return [];
    const [, , language, output] = blocks[i + 1] ?? [];
    return [
      {
        path,
        text: above ? text : text.slice(text.indexOf('\n') + 1),
        prints: language === 'text' ? output : undefined,
      },
    ];
  });
  const isProgram = ({ path }) => /^[\w-]+\.js$/.test(path);
  return { programs: files.filter(isProgram), package: files.filter((file) => !isProgram(file)) };
}
