import type { OperationEvent } from '@telltale/core';
import { deepFreeze } from './deep-freeze.ts';
import { nastyAttributes } from './nasty-attributes.ts';
import { SAMPLE_START, sampleResource } from './sample-snapshot.ts';

const rest = {
  type: 'end',
  time: SAMPLE_START + 2,
  startTime: SAMPLE_START,
  duration: 2,
  resource: sampleResource,
} as const;

/** Ends of operations of every kind and outcome, with and without errors and spans, and with `nastyAttributes()`. Deeply frozen. */
export function sampleEvents(): readonly OperationEvent[] {
  return deepFreeze([
    {
      ...rest,
      kind: 'request',
      name: 'GET /orders/:id',
      outcome: 'completed',
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200, 'http.route': '/orders/:id' },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    },
    {
      ...rest,
      kind: 'job',
      name: 'nightly-etl',
      outcome: 'failed',
      attributes: { 'job.name': 'nightly-etl', 'job.outcome': 'failed' },
      error: { type: 'TypeError', message: 'x is "undefined"\nsecond line' },
    },
    { ...rest, kind: 'job', name: 'send', outcome: 'retried', attributes: {}, error: { type: 'timeout', message: '' } },
    {
      ...rest,
      kind: 'task',
      name: 'resize',
      outcome: 'completed',
      duration: 0,
      attributes: { 'worker_pool.name': 'thumbnails' },
    },
    {
      ...rest,
      kind: 'boundary',
      name: 'charge',
      outcome: 'aborted',
      attributes: { 'boundary.from': 'checkout', 'boundary.to': 'payments' },
    },
    ...nastyAttributes().map(
      (attributes): OperationEvent => ({
        ...rest,
        kind: 'job',
        name: `nasty ${String(attributes.case)}`,
        outcome: 'completed',
        attributes,
      }),
    ),
  ] satisfies readonly OperationEvent[]);
}
