import { type TraceState, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { tracedTelemetry } from '../telemetry.test-support.ts';

/** As a span has it whose request came with this header. */
function traceState(tracestate: string): TraceState {
  const { telemetry } = tracedTelemetry();
  const traceparent = '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01';
  const state = telemetry
    .request({ method: 'GET', headers: { traceparent, tracestate } })
    .span?.spanContext().traceState;
  if (state === undefined) throw new Error('the header gave no trace state');
  return state;
}

describe('a trace state', () => {
  it('has its members by key', () => {
    const state = traceState('rojo=a, congo= b');
    expect([state.get('rojo'), state.get('congo'), state.get('ro'), state.get('')]).toEqual([
      'a',
      ' b',
      undefined,
      undefined,
    ]);
  });

  it('puts what is new or changed to the left, and stays as it was itself', () => {
    const state = traceState('rojo=1,congo=2');
    expect(state.set('own', 'x').serialize()).toBe('own=x,rojo=1,congo=2');
    expect(state.set('congo', '3').serialize()).toBe('congo=3,rojo=1');
    expect(state.unset('rojo').serialize()).toBe('congo=2');
    expect(state.unset('other')).toBe(state);
    expect(state.serialize()).toBe('rojo=1,congo=2');
  });

  it('lets the rightmost go for a 33rd', () => {
    const members = Array.from({ length: 32 }, (_, index) => `m${index}=${index}`);
    const state = traceState(members.join(','));
    expect(state.set('own', 'x').serialize()).toBe(['own=x', ...members.slice(0, 31)].join(','));
    expect(state.set('m31', 'x').serialize()).toBe(['m31=x', ...members.slice(0, 31)].join(','));
  });

  it.each([
    ['Own', 'x'],
    ['', 'x'],
    ['own', ''],
    ['own', 'x '],
    ['own', 'a,b'],
    ['own', 'a=b'],
    ['own=a', 'b'],
    ['own', '\u00e9'],
    ['k'.repeat(257), 'x'],
  ])('takes no member %j = %j', (key, value) => {
    expect(traceState('rojo=1').set(key, value).serialize()).toBe('rojo=1');
  });

  it('that has lost its last member is not sent', () => {
    const { telemetry } = tracedTelemetry();
    const [traceId, spanId] = ['5b8efff798038103d269b633813fc60c', 'eee19b7ec3c1b174'];
    const out: Record<string, string> = {};
    const empty = traceState('rojo=1').unset('rojo');
    telemetry.inject(
      out,
      trace.setSpanContext(telemetry.activeContext(), { traceId, spanId, traceFlags: 1, traceState: empty }),
    );
    expect(out).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });
});
