import type { DynamicModule } from '@nestjs/common';
import { createTelemetry, type Telemetry, type TelemetryOptions } from '@telltale/core';
import { type MemoryExporter, memoryExporter } from '@telltale/testing';
import { TelemetryModule } from '../index.ts';

/** What a test's application imports. */
export function observing(telemetry: Telemetry): DynamicModule {
  return TelemetryModule.forRoot(telemetry);
}

/** Telemetry that remembers. */
export function remembering(options: Partial<TelemetryOptions> = {}): { telemetry: Telemetry; memory: MemoryExporter } {
  const memory = memoryExporter();
  const telemetry = createTelemetry({
    service: { name: 'test' },
    exporters: [memory],
    shutdown: { signals: false },
    ...options,
  });
  return { telemetry, memory };
}

/** `nest.tcp sum completed` for each job that has ended, in the order in which they did. */
export async function jobsOf({ telemetry, memory }: ReturnType<typeof remembering>): Promise<readonly string[]> {
  await telemetry.flush();
  return memory.events
    .filter(({ kind, type }) => kind === 'job' && type === 'end')
    .map(({ attributes }) => {
      const { 'job.queue': queue, 'job.name': name, 'job.outcome': outcome, 'error.type': error } = attributes;
      return [queue, name, outcome, error].filter((part) => part !== undefined).join(' ');
    });
}
