import type { Exportable } from '@telltale/core';
import type { Lines } from './lines.ts';

/** What goes out at once. */
export interface Datagram {
  readonly body: Buffer;
  /** Whose last line is in it. */
  readonly ends: readonly Exportable[];
  /** Some of whose lines are in it or before it, and the rest behind it. */
  readonly broken: Exportable | undefined;
}

/** Puts lines into datagrams, as many as fit, in order. No line may have more bytes than a datagram. */
export function* datagramsOf(all: Iterable<Lines>, most: number): Generator<Datagram> {
  let parts: string[] = [];
  let size = 0;
  let ends: Exportable[] = [];
  const datagram = (broken: Exportable | undefined): Datagram => {
    const made = { body: Buffer.from(parts.join('\n')), ends, broken };
    parts = [];
    size = 0;
    ends = [];
    return made;
  };
  for (const { item, lines } of all) {
    for (const [i, line] of lines.entries()) {
      const bytes = Buffer.byteLength(line);
      if (size > 0 && size + 1 + bytes > most) yield datagram(i === 0 ? undefined : item);
      size += (size > 0 ? 1 : 0) + bytes;
      parts.push(line);
    }
    if (lines.length > 0) ends.push(item);
  }
  if (size > 0) yield datagram(undefined);
}
