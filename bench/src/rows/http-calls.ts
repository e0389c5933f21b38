import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Agent, fetch, request } from 'undici';
import type { Experiment, Loop, Row } from '../experiment.ts';
import { startInstrumentations } from './opentelemetry.ts';
import { countOf, spanSink, startTelltale } from './telltale.ts';

const URL_CALLED = 'http://stock.internal/items/42';
const BODY = JSON.stringify({ item: 42, left: 3 });
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** A connection to a server that answers each request, which comes in one piece, at once: all that is measured is the client. */
class Answering extends Duplex {
  readonly remoteAddress = '10.0.0.7';
  readonly remotePort = 80;

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
    this.push(ANSWER);
  }
}

const CLIENTS = {
  async request(dispatcher: Agent): Promise<string> {
    const { body } = await request(URL_CALLED, { dispatcher });
    return body.text();
  },
  async fetch(dispatcher: Agent): Promise<string> {
    return (await fetch(URL_CALLED, { dispatcher })).text();
  },
};
type Client = keyof typeof CLIENTS;

/** Calls one after another on one connection; `seen` says how many the observer has observed. */
function calls(client: Client, seen?: () => number | Promise<number>): Loop {
  const dispatcher = new Agent({
    connect: (_options, connected) => void setImmediate(connected, null, new Answering() as unknown as Socket),
  });
  let made = 0;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const text = await CLIENTS[client](dispatcher);
        made++;
        if (text !== BODY) throw new Error(`the answer was ${text}`);
      }
    },
    async settle() {
      const observed = await seen?.();
      if (observed !== undefined && observed !== made) throw new Error(`of ${made} calls ${observed} were observed`);
    },
  };
}

async function telltale(client: Client, withTraces: boolean): Promise<Loop> {
  const { observeHttpCalls } = await import('@telltale/http-client');
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: withTraces ? [sink] : [] });
  observeHttpCalls(telemetry, { names: { 'stock.internal': 'stock' } });
  return calls(client, async () => {
    await telemetry.flush();
    return withTraces ? sink.spans : countOf(telemetry, 'boundary.call.duration');
  });
}

async function openTelemetry(client: Client): Promise<Loop> {
  const { UndiciInstrumentation } = await import('@opentelemetry/instrumentation-undici');
  return calls(client, await startInstrumentations(new UndiciInstrumentation()));
}

const NAMES = { request: 'undici request', fetch: 'fetch' } satisfies Record<Client, string>;

function programs(client: Client): Experiment['programs'] {
  return {
    [`${client}, bare`]: async () => calls(client),
    [`${client}, telltale, metrics and traces`]: () => telltale(client, true),
    [`${client}, telltale, metrics`]: () => telltale(client, false),
    [`${client}, undici instrumentation`]: () => openTelemetry(client),
  };
}

function rows(client: Client): Row[] {
  const added = {
    figure: 'time',
    unit: 'µs',
    added: `${client}, bare`,
    peer: `${client}, undici instrumentation`,
  } as const;
  return [
    {
      ...added,
      what: `${NAMES[client]}, added per call: metrics and traces`,
      ours: `${client}, telltale, metrics and traces`,
      budget: { ratio: 1 / 2 },
    },
    {
      ...added,
      what: `${NAMES[client]}, added per call: metrics alone`,
      ours: `${client}, telltale, metrics`,
    },
  ];
}

export const experiment: Experiment = {
  name: 'http calls',
  file: import.meta.url,
  programs: { ...programs('request'), ...programs('fetch') },
  rows: [...rows('request'), ...rows('fetch')],
  launches: 2,
  rounds: 50,
  warmUp: 4000,
};
