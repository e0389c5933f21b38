import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { suppressTracing } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { testTelemetry, tracedTelemetry } from './telemetry.test-support.ts';

const FOREIGN = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  traceFlags: 1,
});

describe('activeService', () => {
  it('is the one that is asked, outside of spans', () => {
    const { telemetry } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    expect(telemetry.activeService()).toBe(telemetry);
    expect(auth.activeService()).toBe(auth);
  });

  it.each([
    ['recorded', { ratio: 1 }],
    ['not sampled', { ratio: 0 }],
    ['only kept for what becomes of them', { ratio: 0, keep: { errors: true } }],
  ])('is the service whose span is active, whoever asks, in spans that are %s', async (_, sampling) => {
    const { telemetry } = tracedTelemetry({ sampling });
    const auth = telemetry.forService('auth');
    const keys = auth.forService('keys', { version: '2' });
    const all = [telemetry, auth, keys];
    const seen = (): unknown[] => all.map((one) => one.activeService());
    await auth.request({ method: 'GET' }, async () => {
      expect(seen()).toEqual([auth, auth, auth]);
      await sleep(1);
      expect(seen()).toEqual([auth, auth, auth]);
      keys.job('rotate', () => {
        expect(seen()).toEqual([keys, keys, keys]);
        keys.span('inner', () => expect(seen()).toEqual([keys, keys, keys]));
        telemetry.boundary({ to: 'x', operation: 'y' }, () =>
          expect(seen()).toEqual([telemetry, telemetry, telemetry]),
        );
      });
      expect(seen()).toEqual([auth, auth, auth]);
    });
    expect(seen()).toEqual(all);
  });

  it("is told by a tracer of OpenTelemetry's API too", () => {
    const { telemetry } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    auth.tracerProvider.getTracer('library').startActiveSpan('s', (span) => {
      expect(telemetry.activeService()).toBe(auth);
      span.end();
    });
  });

  it('is the one that is asked in the spans of others, and where tracing is suppressed', () => {
    const { telemetry } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    auth.span('outer', () => {
      expect(telemetry.withContext(FOREIGN, () => telemetry.activeService())).toBe(telemetry);
      const suppressed = suppressTracing(auth.activeContext());
      const seen = telemetry.withContext(suppressed, () => auth.span('s', () => telemetry.activeService()));
      expect(seen).toBe(telemetry);
    });
  });

  it('is the one that is asked while spans are off', () => {
    const { telemetry } = testTelemetry();
    const auth = telemetry.forService('auth');
    auth.request({ method: 'GET' }, () => {
      expect(telemetry.activeService()).toBe(telemetry);
      expect(auth.activeService()).toBe(auth);
    });
  });
});

describe("activeService, where OpenTelemetry's context is the service's own", () => {
  afterEach(() => context.disable());

  it("knows no other telemetry's spans", () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const one = tracedTelemetry().telemetry;
    const other = tracedTelemetry().telemetry;
    other.forService('auth').span('s', () => {
      expect(trace.getSpan(one.activeContext())).toBeDefined();
      expect(one.activeService()).toBe(one);
      expect(other.activeService()).toBe(other.forService('auth'));
    });
    context.with(FOREIGN, () => expect(one.activeService()).toBe(one));
  });
});
