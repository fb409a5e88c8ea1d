/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Markup, already escaped. */
export type Markup = string & { readonly markup?: never };

/** One element of SVG or HTML. Children are markup; text goes through `escape` first. */
export function element(name: string, attributes: Attributes, ...children: readonly Markup[]): Markup {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escape(value!)}"`)
    .join('');
  return children.length ? `<${name}${list}>${children.join('')}</${name}>` : `<${name}${list}/>`;
}

export function escape(text: string): Markup {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A picture that scales with the page; `label` says in words what it shows. */
export function picture(width: number, height: number, label: string, ...children: readonly Markup[]): Markup {
  return element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }, ...children);
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): Markup {
  return element('text', { x, y, ...attributes }, escape(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): Markup {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

export function rect(x: number, y: number, width: number, height: number, attributes: Attributes): Markup {
  return element('rect', { x, y, width, height, ...attributes });
}

/** A line through the points, interrupted where y is NaN. */
export function path(points: Iterable<readonly [x: number, y: number]>, attributes: Attributes): Markup {
  let d = '';
  let open = false;
  for (const [x, y] of points) {
    if (Number.isNaN(y)) {
      open = false;
      continue;
    }
    d += `${open ? 'L' : 'M'}${coordinate(x)} ${coordinate(y)}`;
    open = true;
  }
  return element('path', { d, fill: 'none', ...attributes });
}

/** A tenth is enough, of a pixel and of a shade. */
function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
