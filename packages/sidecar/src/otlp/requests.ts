import { messageOf, type Signal } from '@telltale/core';
import type protobuf from 'protobufjs/light.js';
import { otlpMessages } from './messages.ts';
import { listIn, Malformed, messageIn, type RawMessage } from './raw-values.ts';

export type Encoding = 'protobuf' | 'json';

/** What came from one resource, with the items of each of its scopes still to be decoded. */
export interface RawGroup {
  readonly resource: unknown;
  readonly scopes: readonly RawScope[];
}

interface RawScope {
  readonly scope: unknown;
  readonly schemaUrl: unknown;
  readonly items: readonly unknown[];
}

/** Kinds of parts that are decoded one by one. */
export type PartName =
  | 'Metric'
  | 'NumberPoint'
  | 'HistogramPoint'
  | 'ExponentialPoint'
  | 'SummaryPoint'
  | 'Span'
  | 'LogRecord';

/** Names of the levels in JSON. */
const LEVELS = {
  metrics: { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
  spans: { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  events: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
} as const satisfies Record<Signal, unknown>;

/** Names of the count in JSON. */
const REJECTED = { metrics: 'rejectedDataPoints', spans: 'rejectedSpans', events: 'rejectedLogRecords' } as const;

/** Reads OTLP's requests and writes its answers, in either encoding. What cannot be read throws `Malformed`. */
export class OtlpCodec {
  private readonly type: (name: string) => protobuf.Type;

  constructor() {
    this.type = otlpMessages();
  }

  request(signal: Signal, encoding: Encoding, body: Buffer): readonly RawGroup[] {
    if (encoding === 'protobuf') return this.decode('Request', body).resources as readonly RawGroup[];
    const { resources, scopes, items } = LEVELS[signal];
    const document = messageIn(parseJson(body), 'the request');
    return listIn(document[resources], resources).map((one) => {
      const group = messageIn(one, `an entry of ${resources}`);
      return {
        resource: group.resource,
        scopes: listIn(group[scopes], scopes).map((inner) => {
          const { scope, schemaUrl, [items]: list } = messageIn(inner, `an entry of ${scopes}`);
          return { scope, schemaUrl, items: listIn(list, items) };
        }),
      };
    });
  }

  /** A metric, point, span or log record. */
  part(name: PartName, raw: unknown): RawMessage {
    return raw instanceof Uint8Array ? this.decode(name, raw) : messageIn(raw, `a ${name}`);
  }

  /** An `Export…ServiceResponse`. */
  response(signal: Signal, encoding: Encoding, rejected: number, message: string): Uint8Array {
    const partial = rejected > 0 || message !== '';
    if (encoding === 'json') {
      const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage: message };
      return Buffer.from(JSON.stringify(partial ? { partialSuccess } : {}));
    }
    return this.encode('Response', partial ? { partialSuccess: { rejected, errorMessage: message } } : {});
  }

  /** A `google.rpc.Status`. */
  status(encoding: Encoding, code: number, message: string): Uint8Array {
    return encoding === 'json'
      ? Buffer.from(JSON.stringify({ code, message }))
      : this.encode('RpcStatus', { code, message });
  }

  private decode(name: string, bytes: Uint8Array): RawMessage {
    try {
      return this.type(name).decode(bytes) as unknown as RawMessage;
    } catch (error) {
      throw new Malformed(`the bytes are no ${name} of OTLP: ${messageOf(error)}`);
    }
  }

  private encode(name: string, plain: object): Uint8Array {
    const type = this.type(name);
    return type.encode(type.fromObject(plain)).finish();
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    // V8 quotes what it found, which may be long or secret.
    throw new Malformed(`the body is no JSON${error instanceof RangeError ? ': nested too deeply' : ''}`);
  }
}
