import { PassThrough } from 'node:stream';

/** A stream that keeps what is written; a terminal of so many columns when they are given. */
export function capture(columns?: number): NodeJS.WriteStream & { text(): string } {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  const terminal = columns === undefined ? {} : { isTTY: true, columns, rows: 50 };
  return Object.assign(stream, terminal, { text: () => chunks.join('') }) as never;
}
