import { Inject, Injectable } from '@nestjs/common';
import type { Health, Telemetry } from '@telltale/core';
import { TELEMETRY } from '../injection/tokens.ts';

/** How telemetry is doing, as `@nestjs/terminus` wants it. */
export interface TelemetryHealth {
  readonly status: 'up' | 'down';
  /** What is wrong, if something is. */
  readonly message?: string;
  /** The status of each exporter: `ok`, `failing` or, before its first export, `idle`. */
  readonly exporters: Readonly<Record<string, string>>;
  /** Instruments some of whose values are recorded as `other`, since they had too many. */
  readonly overflows?: readonly string[];
}

/**
 * For `HealthCheckService.check` of `@nestjs/terminus`. Put it where a person or an alert looks, not into a readiness probe: a service does its work
 * while telemetry cannot deliver.
 */
export class TelemetryHealthIndicator {
  // Decorators, called: their syntax would need the compiler's helpers at run time.
  static {
    Injectable()(TelemetryHealthIndicator);
    Inject(TELEMETRY)(TelemetryHealthIndicator, undefined, 0);
  }

  private readonly telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  /** `down` while an exporter fails, naming it; too many series are told of, and no reason to be down. Never throws. */
  isHealthy<const Key extends string>(key: Key): Record<Key, TelemetryHealth> {
    return { [key]: describe(this.telemetry.health()) } as Record<Key, TelemetryHealth>;
  }
}

function describe({ exporters, cardinality }: Health): TelemetryHealth {
  const failing = exporters.filter(({ status }) => status === 'failing').map(({ name }) => name);
  const overflows = cardinality.overflows.map(({ instrument, attribute }) =>
    attribute === undefined ? instrument : `${instrument} (${attribute})`,
  );
  return {
    status: failing.length === 0 ? 'up' : 'down',
    ...(failing.length > 0 && { message: `failing: ${failing.join(', ')}` }),
    exporters: Object.fromEntries(exporters.map(({ name, status }) => [name, status])),
    ...(overflows.length > 0 && { overflows }),
  };
}
