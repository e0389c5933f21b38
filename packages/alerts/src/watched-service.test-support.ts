import { createTelemetry, type Telemetry, type TelemetryOptions } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { type Alerts, type AlertsOptions, alerts } from './alerts.ts';

/** A clock that may be ahead for a moment: what takes long is over within a turn, and the evaluations come when they should. */
class LeadingClock extends ManualClock {
  private lead = 0;

  override now(): number {
    return super.now() + this.lead;
  }

  override monotonic(): number {
    return super.monotonic() + this.lead;
  }

  /** Does `work` so many seconds later. */
  later(seconds: number, work: () => void): void {
    this.lead = seconds;
    work();
    this.lead = 0;
  }
}

/** A service with alerts, whose time only the test moves. */
export interface WatchedService {
  readonly telemetry: Telemetry;
  readonly clock: LeadingClock;
  readonly alerts: Alerts;
  /** What `onError` was told. */
  readonly told: string[];
  /** Lets time pass; `work` is done every five seconds, so that evaluations fall anywhere between. */
  pass(seconds: number, work?: () => unknown): Promise<void>;
  /** The rules that fire, in alphabetical order. */
  firing(): readonly string[];
}

const STEP = 5;

export function watchedService(options: AlertsOptions = {}, more: Partial<TelemetryOptions> = {}): WatchedService {
  const clock = new LeadingClock();
  const told: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'checkout' },
    clock,
    shutdown: { signals: false },
    onError: (error) => told.push(error.message),
    ...more,
  });
  const watching = alerts(telemetry, options);
  return {
    telemetry,
    clock,
    alerts: watching,
    told,
    pass: async (seconds, work) => {
      for (let passed = 0; passed < seconds; passed += STEP) {
        await work?.();
        await clock.advance(Math.min(STEP, seconds - passed));
      }
    },
    firing: () =>
      watching
        .current()
        .filter(({ state }) => state === 'firing')
        .map(({ rule }) => rule)
        .sort(),
  };
}
