import { describe, expect, it } from 'vitest';
import { consoleExporter } from './console-exporter.ts';
import type { ExportContext } from './exporter.ts';
import {
  attributesOf,
  counter,
  EPOCH,
  eventOf,
  exponential,
  gauge,
  histogram,
  resource,
  snapshotOf,
  spanOf,
  summary,
} from './samples.test-support.ts';

const context: ExportContext = { signal: new AbortController().signal, resource, accepted: () => {} };

function printed(colour = false) {
  const lines: string[] = [];
  return { lines, exporter: consoleExporter({ write: (line) => lines.push(line), colour }) };
}

const point = { startTime: EPOCH, time: EPOCH + 10 };

describe('the console exporter', () => {
  it('prints metrics', async () => {
    const { lines, exporter } = printed();
    const pro = attributesOf({ plan: 'pro', 'customer.name': 'Ada "the first"', new: true });
    await exporter.exportMetrics?.(
      snapshotOf(
        EPOCH + 10,
        histogram(
          'http.server.request.duration',
          [0.005, 0.01, 0.1],
          [
            {
              ...point,
              attributes: attributesOf({ 'http.request.method': 'GET', 'http.route': '/users/:id' }),
              count: 10,
              sum: 0.4,
              min: 0.002,
              max: 0.31,
              counts: [2, 4, 3, 1],
              exemplars: [],
            },
            {
              ...point,
              attributes: attributesOf(),
              count: 0,
              sum: 0,
              min: undefined,
              max: undefined,
              counts: [0, 0, 0, 0],
              exemplars: [],
            },
          ],
        ),
        counter('orders', [
          { ...point, attributes: pro, value: 1234567 },
          { ...point, attributes: attributesOf(), value: 0.1 + 0.2 },
        ]),
        exponential('payload', [
          {
            ...point,
            attributes: attributesOf(),
            count: 4,
            sum: 4600,
            min: 0,
            max: 2000,
            scale: 0,
            zeroCount: 1,
            zeroThreshold: 0,
            positive: { offset: 9, counts: [1, 2] },
            negative: { offset: 0, counts: [] },
            exemplars: [],
          },
        ]),
        summary('price', [
          {
            ...point,
            attributes: attributesOf(),
            count: 2,
            sum: 9,
            quantiles: [
              { quantile: 0.5, value: 4 },
              { quantile: 0.999, value: Number.NaN },
            ],
          },
        ]),
        gauge('temperature', [{ ...point, attributes: attributesOf(), value: Number.POSITIVE_INFINITY }]),
      ),
      context,
    );
    expect(`\n${lines.join('\n')}`).toBe(`
2023-11-14T22:13:30.000Z metrics, 7 series
  http.server.request.duration s
    http.request.method=GET http.route=/users/:id  count 10, mean 40 ms, p50 8.75 ms, p95 205 ms, max 310 ms
    count 0
  orders
    plan=pro customer.name="Ada \\"the first\\"" new=true  1234567
    0.3
  payload By
    count 4, mean 1.15 kB, p50 1.02 kB, p95 1.95 kB, max 2 kB
  price
    count 2, mean 4.5, p50 4
  temperature
    Infinity`);
  });

  it('prints spans as trees, each trace by itself', async () => {
    const { lines, exporter } = printed();
    const other = '0af7651916cd43dd8448eb211c80319c';
    await exporter.exportSpans?.(
      [
        spanOf('SELECT', { spanId: 'c', parentSpanId: 'b', kind: 2, startTime: EPOCH + 0.02, endTime: EPOCH + 0.0201 }),
        spanOf('send email', { traceId: other, spanId: 'x', parentSpanId: 'elsewhere', kind: 4, status: 'ok' }),
        spanOf('find user', {
          spanId: 'b',
          parentSpanId: 'a',
          startTime: EPOCH + 0.01,
          endTime: EPOCH + 0.04,
          status: 'error',
          statusMessage: 'no such user',
          events: [{ name: 'exception', time: EPOCH + 0.03, attributes: { 'exception.type': 'TypeError' } }],
        }),
        spanOf('GET /users/:id', {
          spanId: 'a',
          kind: 1,
          attributes: { 'http.request.method': 'GET', ids: [1, 2], gone: undefined },
        }),
      ],
      context,
    );
    expect(`\n${lines.join('\n')}`).toBe(`
2023-11-14T22:13:20.000Z trace 4bf92f3577b34da6a3ce929d0e0e4736
  250 ms  GET /users/:id  server  http.request.method=GET ids=[1,2]
    30 ms  find user  error: "no such user"
      +20 ms  exception  exception.type=TypeError
      100 µs  SELECT  client
2023-11-14T22:13:20.000Z trace 0af7651916cd43dd8448eb211c80319c
  250 ms  send email  consumer  ok`);
  });

  it('prints every span once, even when they name each other as parents', async () => {
    const { lines, exporter } = printed();
    await exporter.exportSpans?.(
      [spanOf('a', { spanId: 'a', parentSpanId: 'b' }), spanOf('b', { spanId: 'b', parentSpanId: 'a' })],
      context,
    );
    expect(lines.slice(1)).toEqual(['  250 ms  a', '    250 ms  b']);
  });

  it('prints operations', async () => {
    const { lines, exporter } = printed();
    await exporter.exportEvents?.(
      [
        eventOf('nightly-etl', { attributes: attributesOf({ 'tenant.id': 'acme' }), duration: 93.4 }),
        eventOf('GET /', {
          kind: 'request',
          outcome: 'failed',
          duration: 0.012,
          error: { type: 'TypeError', message: 'x is undefined' },
        }),
      ],
      context,
    );
    expect(lines).toEqual([
      '2023-11-14T22:13:21.000Z job  nightly-etl  completed  93.4 s  tenant.id=acme',
      '2023-11-14T22:13:21.000Z request  GET /  failed  12 ms  TypeError: "x is undefined"',
    ]);
  });

  it('lets nothing through that a terminal would obey', async () => {
    const { lines, exporter } = printed();
    const nasty = '\u001b[2J\u0007\u009b31m\u202e\ud800\0\n\u2028';
    await exporter.exportSpans?.(
      [spanOf(nasty, { attributes: { [nasty]: nasty }, status: 'error', statusMessage: nasty })],
      context,
    );
    await exporter.exportEvents?.([eventOf(nasty, { error: { type: nasty, message: nasty } })], context);
    for (const line of lines) expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    const escaped = '\\u001b[2J\\u0007\\u009b31m\\u202e\\ud800\\u0000\\u000a\\u2028';
    const quoted = `"${escaped.replace('\\u000a', '\\n')}"`;
    expect(lines[1]).toBe(`  250 ms  ${escaped}  error: ${quoted}  ${quoted}=${quoted}`);
  });

  it('paints when asked to', async () => {
    const { lines, exporter } = printed(true);
    await exporter.exportEvents?.([eventOf('job')], context);
    expect(lines).toEqual(['\u001b[2m2023-11-14T22:13:21.000Z\u001b[22m job  \u001b[1mjob\u001b[22m  completed  1 s']);
  });
});
