import type { FinishedSpan } from '@telltale/core';
import { deepFreeze } from './deep-freeze.ts';
import { nastyAttributes } from './nasty-attributes.ts';
import { SAMPLE_START, sampleResource } from './sample-snapshot.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const otherTraceId = '0af7651916cd43dd8448eb211c80319c';
const serverId = '00f067aa0ba902b7';
const producerId = 'b7ad6b7169203331';

const rest = {
  traceId,
  parentIsRemote: false,
  traceFlags: 1,
  status: 'unset',
  events: [],
  links: [],
  dropped: { attributes: 0, events: 0, links: 0 },
  scope: { name: 'sample', version: '1.0.0' },
  resource: sampleResource,
} as const;

/**
 * Finished spans of every kind (by OpenTelemetry's numbers: 0 internal, 1 server, 2 client, 3 producer, 4 consumer) and status: with a remote
 * parent, an exception, links, dropped parts, all types of attributes and `nastyAttributes()`. Deeply frozen.
 */
export function sampleSpans(): readonly FinishedSpan[] {
  return deepFreeze([
    {
      ...rest,
      spanId: serverId,
      parentSpanId: '53995c3f42cd8ad8',
      parentIsRemote: true,
      traceState: 'vendor=opaque',
      name: 'GET /orders/:id',
      kind: 1,
      startTime: SAMPLE_START,
      endTime: SAMPLE_START + 0.25,
      status: 'error',
      statusMessage: 'no "such" order',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/orders/:id',
        'http.response.status_code': 500,
        cached: false,
      },
      events: [
        {
          name: 'exception',
          time: SAMPLE_START + 0.2,
          attributes: {
            'exception.type': 'TypeError',
            'exception.message': 'x is undefined',
            'exception.stacktrace': 'TypeError\n  at x',
          },
        },
      ],
    },
    {
      ...rest,
      spanId: '1111111111111111',
      parentSpanId: serverId,
      name: 'SELECT orders',
      kind: 2,
      startTime: SAMPLE_START + 0.01,
      endTime: SAMPLE_START + 0.0112345,
      attributes: { 'db.system.name': 'postgresql', 'server.address': 'db', 'server.port': 5432 },
    },
    {
      ...rest,
      spanId: producerId,
      parentSpanId: serverId,
      name: 'send emails',
      kind: 3,
      startTime: SAMPLE_START + 0.1,
      endTime: SAMPLE_START + 0.1,
      status: 'ok',
      attributes: { 'messaging.system': 'bullmq', 'messaging.destination.name': 'emails' },
    },
    {
      ...rest,
      traceId: otherTraceId,
      spanId: '2222222222222222',
      name: 'process emails',
      kind: 4,
      traceFlags: 0,
      startTime: SAMPLE_START + 1,
      endTime: SAMPLE_START + 3601,
      attributes: { recipients: ['ada', 'grace'], sizes: [1, 2.5], flags: [true, false] },
      links: [{ context: { traceId, spanId: producerId, traceFlags: 1 }, attributes: { why: 'cause' } }],
      dropped: { attributes: 1, events: 2, links: 3 },
    },
    ...nastyAttributes().map(
      (attributes, i): FinishedSpan => ({
        ...rest,
        spanId: (i + 1).toString(16).padStart(16, 'a'),
        parentSpanId: serverId,
        name: `nasty ${String(attributes.value ?? attributes.case).slice(0, 100)}`,
        kind: 0,
        startTime: SAMPLE_START + 0.05,
        endTime: SAMPLE_START + 0.06,
        attributes,
      }),
    ),
  ] satisfies readonly FinishedSpan[]);
}
