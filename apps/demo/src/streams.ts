import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNKS = 12;
const LINES_PER_CHUNK = 200;
const CHUNK_MS = 25;
const EVENT_MS = 60;

/** Sends a table, piece by piece as it is made. */
export async function sendReport(response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'text/csv');
  await pipeline(Readable.from(reportLines()), response).catch(whenGone(response));
}

async function* reportLines(): AsyncGenerator<string> {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    yield `${chunk},sold,${chunk * 3}\n`.repeat(LINES_PER_CHUNK);
    await sleep(CHUNK_MS);
  }
}

/** Sends server-sent events: `count`, or until the client goes or `closing` fires. */
export async function sendEvents(response: ServerResponse, count: number, closing: AbortSignal): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  await pipeline(Readable.from(events(count, closing)), response).catch(whenGone(response));
}

async function* events(count: number, closing: AbortSignal): AsyncGenerator<string> {
  for (let id = 1; id <= count && !closing.aborted; id++) {
    yield `id: ${id}\ndata: ${JSON.stringify({ visitors: 10 + (id % 7) })}\n\n`;
    await sleep(EVENT_MS);
  }
}

/** A client that hangs up is no failure of the route. */
function whenGone(response: ServerResponse): (error: unknown) => void {
  return (error) => {
    if (!response.destroyed) throw error;
  };
}
