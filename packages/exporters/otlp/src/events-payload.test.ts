import type { OperationEvent } from '@telltale/core';
import { SAMPLE_START, sampleEvents } from '@telltale/testing';
import { decodeOtlp, decodeOtlpJson } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { encodeLogs, jsonLogs } from './index.ts';

const plain = sampleEvents()[0] as OperationEvent;

/** The only record of a request. */
function decoded(event: OperationEvent) {
  const request = decodeOtlp('events', encodeLogs([event]));
  expect(decodeOtlpJson('events', jsonLogs([event]))).toEqual(request);
  return request.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords?.[0];
}

function uid(event: OperationEvent): string | undefined {
  return decoded(event)?.attributes?.find(({ key }) => key === 'log.record.uid')?.value?.stringValue;
}

describe('events in OTLP', () => {
  it('are log records with an event name, a severity, and the operation', () => {
    const event: OperationEvent = {
      ...plain,
      outcome: 'failed',
      attributes: { 'http.route': '/orders/:id', 'error.type': 'TypeError' },
      error: { type: 'TypeError', message: 'x is undefined' },
    };
    expect(decoded(event)).toEqual({
      timeUnixNano: `${SAMPLE_START + 2}000000000`,
      observedTimeUnixNano: `${SAMPLE_START + 2}000000000`,
      severityNumber: 17,
      severityText: 'ERROR',
      eventName: 'request.end',
      body: { stringValue: 'GET /orders/:id' },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      attributes: [
        { key: 'operation.kind', value: { stringValue: 'request' } },
        { key: 'operation.name', value: { stringValue: 'GET /orders/:id' } },
        { key: 'operation.duration', value: { intValue: '2' } },
        { key: 'operation.outcome', value: { stringValue: 'failed' } },
        { key: 'error.type', value: { stringValue: 'TypeError' } },
        { key: 'error.message', value: { stringValue: 'x is undefined' } },
        {
          key: 'log.record.uid',
          value: {
            stringValue: `00f067aa0ba902b7-${SAMPLE_START}000000-${SAMPLE_START + 2}000000-request.end-GET /orders/:id`,
          },
        },
        { key: 'http.route', value: { stringValue: '/orders/:id' } },
      ],
    });
  });

  it.each([
    ['completed', 'end', 9],
    ['retried', 'end', 13],
    ['aborted', 'end', 13],
    ['failed', 'end', 17],
    [undefined, 'stuck', 17],
  ] as const)('of outcome %s and type %s have severity %i', (outcome, type, severity) => {
    const { outcome: _, ...rest } = plain;
    const event: OperationEvent = { ...rest, type, ...(outcome !== undefined && { outcome }) };
    expect(decoded(event)?.severityNumber).toBe(severity);
  });

  it('keep attributes of the service that are named like theirs, under a name that is free', () => {
    const attributes = { 'operation.kind': 'mine', 'attributes.operation.kind': 'mine, too' };
    const keys = decoded({ ...plain, attributes })?.attributes?.map(({ key, value }) => [key, value?.stringValue]);
    expect(keys).toEqual(
      expect.arrayContaining([
        ['operation.kind', 'request'],
        ['attributes.operation.kind', 'mine'],
        ['attributes.attributes.operation.kind', 'mine, too'],
      ]),
    );
  });

  it('have an id that stays the same when they are sent again, also after a spool, and differs between events', () => {
    const { traceId: _, spanId: __, ...untraced } = plain;
    expect(uid(structuredClone(plain))).toBe(uid(plain));
    const others: OperationEvent[] = [
      plain,
      { ...plain, type: 'stuck' },
      { ...plain, kind: 'lock' },
      { ...plain, time: plain.time + 1e-6 },
      { ...plain, startTime: plain.startTime + 1e-6 },
      { ...plain, name: 'GET /orders' },
      { ...plain, spanId: '00f067aa0ba902b8' },
      untraced,
      { ...untraced, attributes: { other: 1 } },
      { ...untraced, name: 'GET /orders' },
      { ...untraced, startTime: plain.startTime + 1e-6 },
      { ...untraced, resource: { attributes: { 'service.name': 'auth' } } },
    ];
    expect(new Set(others.map(uid)).size).toBe(others.length);
  });

  it('without a span have no ids of one', () => {
    const { traceId: _, spanId: __, ...untraced } = plain;
    expect(decoded(untraced)).not.toHaveProperty('traceId');
    expect(decoded(untraced)).not.toHaveProperty('spanId');
  });
});
