import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Telemetry } from './index.ts';
import { testTelemetry, tracedTelemetry } from './telemetry.test-support.ts';

const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const headers = {
  traceparent: `00-${TRACE_ID}-eee19b7ec3c1b174-01`,
  tracestate: 'rojo=1',
  baggage: 'tenant.id=acme;region=eu,user=Am%C3%A9lie',
};

const tenantIn = (telemetry: Telemetry): string | undefined =>
  propagation.getBaggage(telemetry.activeContext())?.getEntry('tenant.id')?.value;

/** What a call from here sends on. */
function sentOn(telemetry: Telemetry): Record<string, string> {
  const out: Record<string, string> = {};
  telemetry.boundary({ to: 'stock', operation: 'read' }, (call) => call.inject(out));
  return out;
}

describe('what comes in with a request', () => {
  it('reaches the calls within it: the trace, its state, and the baggage', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const out = await telemetry.request({ method: 'GET', headers }, async () => {
      await sleep(1);
      expect(tenantIn(telemetry)).toBe('acme');
      return telemetry.job('work', () => telemetry.span('inner', () => sentOn(telemetry)));
    });
    const call = (await finished()).find(({ name }) => name === 'stock read');
    expect(out).toEqual({ ...headers, traceparent: `00-${TRACE_ID}-${call?.spanId}-01` });
    expect(call?.traceState).toBe('rojo=1');
    expect(telemetry.activeContext()).toBe(tracedTelemetry().telemetry.activeContext());
    expect(tenantIn(telemetry)).toBeUndefined();
  });

  it('reaches them where the trace is not sampled, and where only baggage came', () => {
    const { telemetry } = tracedTelemetry({ sampling: { ratio: 0 } });
    const notSampled = { ...headers, traceparent: headers.traceparent.replace(/1$/, '0') };
    expect(telemetry.request({ method: 'GET', headers: notSampled }, () => sentOn(telemetry))).toEqual({
      ...headers,
      traceparent: expect.stringMatching(`^00-${TRACE_ID}-.{16}-00$`),
    });
    const { baggage } = headers;
    expect(telemetry.request({ method: 'GET', headers: { baggage } }, () => sentOn(telemetry))).toEqual({
      baggage,
      traceparent: expect.stringMatching(/-00$/),
    });
  });

  it('reaches the calls of another service of the process', () => {
    const { telemetry } = tracedTelemetry();
    const out = telemetry.request({ method: 'GET', headers }, () => sentOn(telemetry.forService('auth')));
    expect(out).toMatchObject({ baggage: headers.baggage, tracestate: 'rojo=1' });
  });

  it('stays apart where requests overlap', async () => {
    const { telemetry } = tracedTelemetry();
    const outs = await Promise.all(
      Array.from({ length: 20 }, (_, tenant) =>
        telemetry.request({ method: 'GET', headers: { baggage: `tenant.id=${tenant}` } }, async () => {
          await sleep(tenant % 3);
          return sentOn(telemetry).baggage;
        }),
      ),
    );
    expect(outs).toEqual(outs.map((_, tenant) => `tenant.id=${tenant}`));
  });
});

describe('baggage that the service adds', () => {
  it('reaches the calls within, and no others', () => {
    const { telemetry } = tracedTelemetry();
    telemetry.request({ method: 'GET', headers }, () => {
      const active = telemetry.activeContext();
      const more = propagation.getBaggage(active)?.setEntry('plan', { value: 'pro' });
      const within = more === undefined ? active : propagation.setBaggage(active, more);
      const out = telemetry.withContext(within, () => sentOn(telemetry));
      expect(out.baggage).toBe(`${headers.baggage},plan=pro`);
      expect(out.traceparent).toContain(TRACE_ID);
      expect(sentOn(telemetry).baggage).toBe(headers.baggage);
    });
  });

  it('goes to another process and back into its operations', async () => {
    const [shop, mailer] = [tracedTelemetry(), tracedTelemetry()];
    const data: Record<string, string> = {};
    shop.telemetry.request({ method: 'POST', headers }, () => shop.telemetry.inject(data));
    const parent = mailer.telemetry.extract(JSON.parse(JSON.stringify(data)));
    const tenant = mailer.telemetry.job('send', { parent }, () => tenantIn(mailer.telemetry));
    expect(tenant).toBe('acme');
    expect(await mailer.finished()).toMatchObject([{ traceId: TRACE_ID, parentIsRemote: true, traceState: 'rojo=1' }]);
  });
});

describe('while spans are off', () => {
  it('nothing is carried, but headers can be read, and their context made the active one', () => {
    const { telemetry } = testTelemetry();
    telemetry.request({ method: 'GET', headers }, () => {
      expect(tenantIn(telemetry)).toBeUndefined();
      expect(sentOn(telemetry)).toEqual({});
    });
    const context = telemetry.extract(headers);
    expect(trace.getSpanContext(context)?.traceId).toBe(TRACE_ID);
    expect(telemetry.withContext(context, () => tenantIn(telemetry))).toBe('acme');
  });
});
