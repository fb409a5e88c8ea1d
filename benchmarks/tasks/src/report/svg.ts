/** Text that is markup already; everything else goes through `escape`. */
export type Markup = string;

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text as it may stand between tags and in attributes. */
export function escape(text: string): Markup {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** `<name key="value">content</name>`; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...content: readonly Markup[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escape(value!)}"`);
  return `<${name}${written.join('')}>${content.join('')}</${name}>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): Markup {
  return element('line', { x1, y1, x2, y2, class: kind });
}

export function label(x: number, y: number, text: string, kind?: string): Markup {
  return element('text', { x, y, class: kind }, escape(text));
}

/** `x,y x,y`, as a polyline and a polygon take it. */
export function pointsText(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y]) => `${coordinate(x)},${coordinate(y)}`).join(' ');
}

/** A tenth of a pixel is enough. */
function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
