// What OpenTelemetry's specification asks of context and propagation, through its API alone. COMPLIANCE.md cites these by their titles.
import { context, createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tracedTelemetry } from '../telemetry.test-support.ts';

const KEY = createContextKey('tenant');

beforeEach(() => tracedTelemetry().telemetry.register());

afterEach(() => {
  context.disable();
  propagation.disable();
  trace.disable();
});

describe('a context', () => {
  it('has values by key, and stays as it is when another is made from it', () => {
    const one = ROOT_CONTEXT.setValue(KEY, 'acme');
    const other = one.setValue(createContextKey('plan'), 'pro');
    expect([ROOT_CONTEXT, one, other, other.deleteValue(KEY)].map((each) => each.getValue(KEY))).toEqual([
      undefined,
      'acme',
      'acme',
      undefined,
    ]);
  });

  it('is the current one while something runs in it, also later on, and then the one before is', async () => {
    const marked = ROOT_CONTEXT.setValue(KEY, 'acme');
    const seen: unknown[] = [];
    const look = () => seen.push(context.active().getValue(KEY));
    const later = context.with(marked, async () => {
      look();
      await new Promise((resolve) => setImmediate(resolve));
      look();
    });
    look();
    await later;
    context.bind(marked, look)();
    look();
    expect(seen).toEqual(['acme', undefined, 'acme', 'acme', undefined]);
  });
});

describe('baggage', () => {
  it('is made, changed and read by its entries, and travels in the header "baggage"', () => {
    const baggage = propagation
      .createBaggage({ tenant: { value: 'acme & co' }, plan: { value: 'free' } })
      .setEntry('plan', { value: 'pro' })
      .removeEntry('none');
    const headers: Record<string, string> = {};
    propagation.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), headers);
    expect(headers).toEqual({ baggage: 'tenant=acme%20%26%20co,plan=pro' });
    const read = propagation.getBaggage(propagation.extract(ROOT_CONTEXT, headers));
    expect(read?.getAllEntries().map(([key, { value }]) => [key, value])).toEqual([
      ['tenant', 'acme & co'],
      ['plan', 'pro'],
    ]);
    expect(propagation.getBaggage(propagation.deleteBaggage(propagation.setBaggage(ROOT_CONTEXT, baggage)))).toBe(
      undefined,
    );
  });
});
