import { Writable } from 'node:stream';
import type { Telemetry } from '@telltale/core';
import { type Logger, pino } from 'pino';

const MAX_LINES = 200;

/** The shop's log, of which the last lines can be looked at. */
export interface ShopLog {
  readonly log: Logger;
  /** As they were written, the newest last. */
  recent(): string;
}

/** Every line says in which span it was written. */
export function openLog(telemetry: Telemetry): ShopLog {
  const lines: string[] = [];
  const memory = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      if (lines.length > MAX_LINES) lines.shift();
      done();
    },
  });
  return { log: pino({ mixin: telemetry.logFields, base: null }, memory), recent: () => lines.join('') };
}
