/** Text that is markup already; everything else goes through `escape`. */
export type Markup = string;

/** Text as it may stand between tags and in attributes. */
export function escape(text: string): Markup {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** `<name key="value">content</name>`; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...content: readonly Markup[]
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? Number(value.toFixed(2)) : escape(value!)}"`);
  return `<${name}${written.join('')}>${content.join('')}</${name}>`;
}
