import { createTelemetry, type Exporter, type Resource } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import { ManualClock } from '@telltale/testing';
import {
  openBrokenServer,
  openEc2Metadata,
  openEcsMetadata,
  openOtlpBackend,
  runDetection,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsDetectors } from '../index.ts';

const servers: { close(): Promise<void> }[] = [];
function kept<Server extends { close(): Promise<void> }>(server: Server): Server {
  servers.push(server);
  return server;
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|ECS|KUBERNETES)_/.test(name)) vi.stubEnv(name, undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
});

const service = { name: 'checkout', version: '1.4.0', instanceId: 'one' };
const GIVEN = ['service.instance.id', 'service.name', 'service.version'];

/** Notes the resource of everything that it is handed, as it is at that moment. */
function resourceExporter(): Exporter & { readonly resources: Resource['attributes'][] } {
  const resources: Resource['attributes'][] = [];
  const note = async (_: unknown, { resource }: { readonly resource: Resource }): Promise<void> => {
    resources.push({ ...resource.attributes });
  };
  return { name: 'resources', resources, exportMetrics: note, exportSpans: note, exportEvents: note };
}

describe('telemetry that finds out where it runs', () => {
  it('has it in all that is ever exported, of every signal and service', async () => {
    vi.stubEnv('ECS_CONTAINER_METADATA_URI_V4', kept(await openEcsMetadata()).url);
    const backend = kept(await openOtlpBackend());
    // Time does not pass: a busy machine finds as much as another.
    const clock = new ManualClock();
    const telemetry = createTelemetry({
      service,
      clock,
      exporters: [otlp({ url: backend.url })],
      resourceDetectors: awsDetectors({ clock }),
    });
    const work = async (): Promise<void> => {
      for (const one of [telemetry, telemetry.forService('auth')]) {
        one.counter('orders').add(1);
        await one.job('nightly', async () => {});
      }
    };
    await work();
    await telemetry.flush();
    await work();
    await telemetry.shutdown();
    const all = [
      ...backend
        .documents('metrics')
        .flatMap(({ resourceMetrics = [] }) => resourceMetrics.map(({ resource }) => resource)),
      ...backend.documents('spans').flatMap(({ resourceSpans = [] }) => resourceSpans.map(({ resource }) => resource)),
      ...backend.documents('events').flatMap(({ resourceLogs = [] }) => resourceLogs.map(({ resource }) => resource)),
    ];
    const resources = new Set(all.map((resource) => JSON.stringify(resource)));
    // As many as there are services.
    expect(resources.size).toBe(2);
    for (const resource of resources) {
      expect(resource).toContain('"cloud.platform","value":{"stringValue":"aws_ecs"}');
      expect(resource).toContain('"aws.log.group.names","value":{"stringValue":"/ecs/containerlogs"}');
    }
    expect(all.length).toBeGreaterThan(5);
    expect(backend.server.complaints).toEqual([]);
  });

  it('keeps what the service says of itself', async () => {
    const metadata = kept(await openEc2Metadata());
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
    const clock = new ManualClock();
    const telemetry = createTelemetry({
      service: { ...service, attributes: { 'cloud.region': 'ours', 'host.name': 'ours' } },
      clock,
      exporters: [resourceExporter()],
      resourceDetectors: awsDetectors({ clock }),
    });
    await telemetry.flush();
    expect(telemetry.resource.attributes).toMatchObject({
      'cloud.region': 'ours',
      'host.name': 'ours',
      'host.id': 'i-1234567890abcdef0',
    });
    await telemetry.shutdown();
  });

  it('exports after 0.8 s when the metadata server hangs, never with another resource, and warns of nothing', async () => {
    const server = kept(await openBrokenServer('hangs'));
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', server.url);
    const clock = new ManualClock();
    const exporter = resourceExporter();
    const problems: unknown[] = [];
    const telemetry = createTelemetry({
      service,
      clock,
      exporters: [{ ...exporter, interval: 0.1 }],
      resourceDetectors: awsDetectors({ clock }),
      onError: (error) => problems.push(error),
    });
    await telemetry.job('nightly', async () => {});
    await server.asked(1);
    await clock.advance(0.79);
    expect(exporter.resources).toEqual([]);
    await clock.advance(5);
    await server.idle();
    await telemetry.shutdown();
    expect(exporter.resources.length).toBeGreaterThan(2);
    for (const resource of exporter.resources) {
      expect(Object.keys(resource).filter((key) => !key.startsWith('telemetry.'))).toEqual(GIVEN);
    }
    expect(problems).toEqual([]);
  });

  it('ends by itself, with all sent, when the metadata server hangs and the process ends', async () => {
    const metadata = kept(await openBrokenServer('hangs'));
    const backend = kept(await openOtlpBackend());
    const program = (last: string): string => `
      import { awsDetectors } from '@telltale/aws';
      import { createTelemetry } from '@telltale/core';
      import { otlp } from '@telltale/exporter-otlp';
      const telemetry = createTelemetry({
        service: { name: 'batch' },
        exporters: [otlp({ url: '${backend.url}' })],
        resourceDetectors: awsDetectors(),
      });
      await telemetry.job('nightly', async () => {});
      ${last}`;
    for (const last of ['await telemetry.shutdown();', 'await telemetry.flush();', '']) {
      const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
      expect(await runDetection({ from: import.meta.url, source: program(last), env })).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    }
    expect(backend.spanCount()).toBe(3);
  });
});
