import { Controller, Get, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TelemetryLogger } from '../index.ts';
import { ask, closeAll, platforms, serve, testTelemetry } from '../observed-app.test-support.ts';

afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  Logger.overrideLogger(false);
});

@Controller()
class LoggingController {
  private readonly logger = new Logger('Orders');

  @Get()
  get() {
    this.logger.log('order placed');
    this.logger.error(new Error('but not paid'));
    return 'done';
  }
}

/** All that is written from now on. */
function written(): string[] {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  }
  return lines;
}

describe.each(platforms)('TelemetryLogger on %s', (_platform, adapter) => {
  it('writes the ids of the active span at the end of the line', async () => {
    const subject = testTelemetry();
    const { app, port } = await serve({
      adapter: adapter(),
      telemetry: subject.telemetry,
      module: { controllers: [LoggingController] },
    });
    app.useLogger(app.get(TelemetryLogger));
    const lines = written();
    await ask(port, '/');
    await subject.telemetry.flush();
    const [handler] = subject.memory.spans.filter(({ name }) => name === 'LoggingController.get');
    const ids = ` trace_id=${handler?.traceId} span_id=${handler?.spanId}\n`;
    expect(lines[0]).toContain('order placed');
    expect(lines[0]?.endsWith(ids)).toBe(true);
    expect(lines.filter((line) => line.includes('but not paid')).some((line) => line.includes(ids))).toBe(true);
  });

  it('writes them as fields of JSON', async () => {
    const subject = testTelemetry();
    const { app, port } = await serve({
      adapter: adapter(),
      telemetry: subject.telemetry,
      module: { controllers: [LoggingController] },
    });
    app.useLogger(new TelemetryLogger(subject.telemetry, { json: true }));
    const lines = written();
    new Logger('Main').warn('outside');
    await ask(port, '/');
    await subject.telemetry.flush();
    const [handler] = subject.memory.spans.filter(({ name }) => name === 'LoggingController.get');
    const ids = { trace_id: handler?.traceId, span_id: handler?.spanId };
    const [outside, placed, failed] = lines.map((line) => JSON.parse(line));
    expect(outside).toMatchObject({ message: 'outside', context: 'Main' });
    expect(outside).not.toHaveProperty('trace_id');
    expect(placed).toMatchObject({ level: 'log', message: 'order placed', context: 'Orders', ...ids });
    expect(failed).toMatchObject({ level: 'error', ...ids });
  });
});
