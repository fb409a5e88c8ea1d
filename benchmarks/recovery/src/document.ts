/**
 * Puts each text between the lines `<!-- name -->` and `<!-- end of name -->`, and leaves all else alone.
 * @throws Error when there is no such place
 */
export function withTexts(document: string, texts: Readonly<Record<string, string>>): string {
  let result = document;
  for (const [name, text] of Object.entries(texts)) {
    const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
    const from = result.indexOf(begin) + begin.length;
    const to = result.indexOf(end);
    if (from < begin.length || to < from) throw new Error(`The document has no lines '${begin.trim()}' and '${end}'.`);
    result = `${result.slice(0, from)}\n${text}\n\n${result.slice(to)}`;
  }
  return result;
}
