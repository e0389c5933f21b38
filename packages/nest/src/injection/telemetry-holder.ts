import type { Telemetry } from '@telltale/core';
import { attachTelemetry } from '../classes/wrap-method.ts';

/**
 * Brings telemetry to instances that Nest makes. It depends on nothing, so that what the telemetry itself is made of, such as the configuration,
 * can wait for it, too.
 */
export class TelemetryHolder {
  private telemetry: Telemetry | undefined = undefined;
  private waiting: object[] = [];

  /** To be called once, when the telemetry is there. */
  fill(telemetry: Telemetry): void {
    this.telemetry = telemetry;
    for (const instance of this.waiting.splice(0)) attachTelemetry(instance, telemetry);
  }

  /** At once, or when the telemetry is there. */
  attachTo(instance: object): void {
    if (this.telemetry === undefined) this.waiting.push(instance);
    else attachTelemetry(instance, this.telemetry);
  }
}
