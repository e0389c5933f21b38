import { createTelemetry } from '@telltale/core';
import { awsTestOptions, openXrayBackend } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { xray } from './index.ts';

it('gives what a service does the trace that the header of AWS says, there and back', async () => {
  const backend = await openXrayBackend();
  const telemetry = createTelemetry({
    service: { name: 'shop', version: '1.4.0' },
    exporters: [xray(awsTestOptions(backend))],
    propagators: ['xray'],
  });
  const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  const sent: Record<string, string> = {};
  await telemetry.job('import', { parent: telemetry.extract({ 'x-amzn-trace-id': header }) }, async () => {
    await telemetry.boundary({ to: 'payments', operation: 'charge' }, async () => {
      telemetry.inject(sent);
    });
  });
  await telemetry.shutdown();
  const [call, job] = backend.documents();
  expect(backend.server.complaints).toEqual([]);
  expect(job).toMatchObject({
    name: 'shop',
    trace_id: '1-5759e988-bd862e3fe1be46a994272793',
    parent_id: '53995c3f42cd8ad8',
    annotations: { job_name: 'import', job_outcome: 'completed' },
  });
  expect(call).toMatchObject({ name: 'payments', namespace: 'remote', parent_id: job?.id, trace_id: job?.trace_id });
  expect(sent['x-amzn-trace-id'] ?? sent['X-Amzn-Trace-Id']).toBe(
    `Root=${call?.trace_id};Parent=${call?.id};Sampled=1`,
  );
  await backend.close();
});

it('starts without the credentials being right, says so once, and delivers when they are', async () => {
  const backend = await openXrayBackend();
  backend.server.answer(403, {}, 2);
  const problems: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [xray(awsTestOptions(backend))],
    onError: (error) => problems.push(error.message),
  });
  await telemetry.span('price', async () => {});
  await telemetry.flush().catch(() => {});
  expect(problems.filter((message) => message.includes('allow xray:PutTraceSegments'))).toHaveLength(1);
  backend.server.recover();
  await telemetry.shutdown();
  expect(backend.documents().map(({ name }) => name)).toEqual(['shop']);
  await backend.close();
});
