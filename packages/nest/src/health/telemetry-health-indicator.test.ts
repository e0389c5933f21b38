import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { createTelemetry, ExportError, type Exporter, type Telemetry } from '@telltale/core';
import { afterEach, describe, expect, it } from 'vitest';
import { TelemetryHealthIndicator } from '../index.ts';
import { closeAll, platforms, serve } from '../observed-app.test-support.ts';

afterEach(closeAll);

@Controller()
class HealthController {
  @Inject(HealthCheckService) private readonly health!: HealthCheckService;
  @Inject(TelemetryHealthIndicator) private readonly telemetry!: TelemetryHealthIndicator;

  @Get('health')
  @HealthCheck()
  check() {
    return this.health.check([() => this.telemetry.isHealthy('telemetry')]);
  }
}

function telemetryOf(exporters: readonly Exporter[]): Telemetry {
  return createTelemetry({
    service: { name: 'test' },
    exporters,
    cardinality: { perInstrument: 3 },
    shutdown: { signals: false },
    onError: () => {},
  });
}

const takes = (name: string): Exporter => ({ name, exportMetrics: async () => {} });
const fails = (name: string): Exporter => ({
  name,
  exportMetrics: async () => {
    throw new ExportError('the backend is gone', { retry: false } as never);
  },
});

describe.each(platforms)('TelemetryHealthIndicator with terminus on %s', (_platform, adapter) => {
  async function health(telemetry: Telemetry) {
    const { port } = await serve({
      adapter: adapter(),
      telemetry,
      module: {
        imports: [TerminusModule.forRoot({ errorLogStyle: 'pretty', logger: false })],
        controllers: [HealthController],
      },
    });
    await telemetry.flush();
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    return [answer.status, await answer.json()];
  }

  it('is up while all exporters deliver', async () => {
    expect(await health(telemetryOf([takes('one'), takes('two')]))).toMatchObject([
      200,
      { status: 'ok', info: { telemetry: { status: 'up', exporters: { one: 'ok', two: 'ok' } } } },
    ]);
  });

  it('is down while one fails, and says which', async () => {
    expect(await health(telemetryOf([takes('one'), fails('two')]))).toMatchObject([
      503,
      {
        status: 'error',
        error: {
          telemetry: { status: 'down', message: 'failing: two', exporters: { one: 'ok', two: 'failing' } },
        },
      },
    ]);
  });

  it('is up, and says so, when an attribute has too many values', async () => {
    const telemetry = telemetryOf([takes('one')]);
    const counter = telemetry.counter('orders');
    for (let n = 0; n < 10; n++) counter.add(1, { customer: n });
    expect(await health(telemetry)).toMatchObject([
      200,
      { info: { telemetry: { status: 'up', overflows: ['orders (customer)'] } } },
    ]);
  });
});
