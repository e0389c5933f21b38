import { describe, expect, it } from 'vitest';
import { nanos, runningSidecar } from './running-sidecar.test-support.ts';

/** What opentelemetry-python sends in JSON, with OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=DELTA: no instance, fields that this version does not know. */
function pythonRequest(start: number): object {
  const times = { startTimeUnixNano: nanos(start), timeUnixNano: nanos(start + 60) };
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            text('telemetry.sdk.language', 'python'),
            text('telemetry.sdk.name', 'opentelemetry'),
            text('service.name', 'billing'),
            { key: 'process.pid', value: { intValue: '4711' } },
            {
              key: 'process.command_args',
              value: { arrayValue: { values: [{ stringValue: 'python' }, { stringValue: 'main.py' }] } },
            },
          ],
          droppedAttributesCount: 0,
          entityRefs: [],
        },
        scopeMetrics: [
          {
            scope: { name: 'opentelemetry.instrumentation.flask', version: '0.60b0' },
            metrics: [
              {
                name: 'http.server.request.duration',
                unit: 's',
                metadata: [],
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...times,
                      attributes: [
                        text('http.request.method', 'GET'),
                        text('http.route', '/pay/<id>'),
                        { key: 'http.response.status_code', value: { intValue: 200 } },
                      ],
                      count: '4',
                      sum: 1.5,
                      bucketCounts: ['1', '2', '1'],
                      explicitBounds: [0.1, 0.5],
                      min: 0.05,
                      max: 0.9,
                      exemplars: [
                        {
                          timeUnixNano: nanos(start + 1),
                          asDouble: 0.9,
                          traceId: '5b8efff798038103d269b633813fc60c',
                          spanId: 'eee19b7ec3c1b174',
                        },
                      ],
                    },
                  ],
                },
              },
              {
                name: 'invoices',
                unit: '{invoice}',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [{ ...times, asInt: 7, attributes: [] }],
                },
              },
            ],
            schemaUrl: 'https://opentelemetry.io/schemas/1.37.0',
          },
        ],
      },
    ],
  };
}

describe('a service in Python', () => {
  it('is on /metrics with its totals, apart from its twin', async () => {
    const { send, scrape, url } = await runningSidecar();
    for (const start of [0, 60, 60, 120]) expect((await send('/v1/metrics', pythonRequest(start))).status).toBe(200);
    const samples = await scrape(/^(http_server|invoices)/);
    const instance = /service_instance_id="([0-9a-f]{16})"/.exec(Object.keys(samples)[0] ?? '')?.[1];
    const route = 'http_request_method="GET",http_response_status_code="200",http_route="/pay/<id>"';
    const own = `service_instance_id="${instance}",service_name="billing"`;
    expect(samples).toEqual({
      [`http_server_request_duration_seconds_bucket{${route},le="+Inf",${own}}`]: 12,
      [`http_server_request_duration_seconds_bucket{${route},le="0.1",${own}}`]: 3,
      [`http_server_request_duration_seconds_bucket{${route},le="0.5",${own}}`]: 9,
      [`http_server_request_duration_seconds_count{${route},${own}}`]: 12,
      [`http_server_request_duration_seconds_sum{${route},${own}}`]: 4.5,
      [`invoices_total{${own}}`]: 21,
    });
    const openMetrics = await fetch(`${url}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
    });
    expect(await openMetrics.text()).toContain(
      '# {trace_id="5b8efff798038103d269b633813fc60c",span_id="eee19b7ec3c1b174"} 0.9',
    );
    expect(Object.keys(await scrape(/^target_info.*billing/))[0]).toContain('process_command_args="[\\"python\\"');
  });
});
