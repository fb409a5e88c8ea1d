/** Breaks a text at spaces, so that no line but one long word is wider than `width`; all lines begin with `indent`. */
export function wrap(text: string, width: number, indent: string = ''): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const longer = line === indent ? indent + word : `${line} ${word}`;
    if (longer.length > width && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}
