import { validateHeaderValue } from 'node:http';
import {
  type Baggage,
  type BaggageEntry,
  baggageEntryMetadataFromString,
  propagation,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tracedTelemetry } from '../telemetry.test-support.ts';

/** What a telemetry reads from a header, and writes. */
function traffic() {
  const { telemetry, problems } = tracedTelemetry();
  const read = (baggage: unknown): Baggage | undefined => propagation.getBaggage(telemetry.extract({ baggage }));
  const write = (baggage: Baggage, context = ROOT_CONTEXT): string | undefined => {
    const out: Record<string, string> = {};
    telemetry.inject(out, propagation.setBaggage(context, baggage));
    return out.baggage;
  };
  return {
    problems,
    write,
    /** `key` → `value` or `value;properties`. */
    read: (baggage: unknown) => readable(read(baggage)),
    /** What goes out of what comes in. */
    pass: (header: unknown) => {
      const baggage = read(header);
      return baggage === undefined ? undefined : write(baggage);
    },
  };
}

function readable(baggage: Baggage | undefined): Record<string, string> | undefined {
  return (
    baggage &&
    Object.fromEntries(
      baggage
        .getAllEntries()
        .map(([key, { value, metadata }]) => [key, metadata === undefined ? value : `${value};${metadata.toString()}`]),
    )
  );
}

function baggageOf(entries: Readonly<Record<string, string | BaggageEntry>>): Baggage {
  return propagation.createBaggage(
    Object.fromEntries(
      Object.entries(entries).map(([key, entry]) => [key, typeof entry === 'string' ? { value: entry } : entry]),
    ),
  );
}

describe('baggage', () => {
  it.each([
    ['a member', 'user=ada', { user: 'ada' }],
    ['members with properties', 'user=ada;p,role=admin;q=1', { user: 'ada;p', role: 'admin;q=1' }],
    ['an equals sign in a value', 'user=a=b', { user: 'a=b' }],
    ['percent signs', 'user=%09%20%22%27%3B%3Dada%21%25%2C', { user: '\t "\';=ada!%,' }],
    ['several headers', ['user=ada', 'role=admin'], { user: 'ada', role: 'admin' }],
    ['letters of UTF-8', 'user=Am%C3%A9lie', { user: 'Am\u00e9lie' }],
    ['a key twice', 'user=ada,user=bob', { user: 'bob' }],
    ['malformed members among good ones', 'user,=x, ,;p,;=,role=admin,', { role: 'admin' }],
    ['nothing but malformed members', 'user,=x, ,;p', undefined],
    ['an empty header', '', undefined],
    ['what is no text', 5, undefined],
  ])('that comes in as %s is understood', (_, header, expected) => {
    expect(traffic().read(header)).toEqual(expected);
  });

  it('goes out so that every service understands it', () => {
    const { write } = traffic();
    expect(write(baggageOf({ user: 'Am\u00e9lie & "co"', 'a b,c': '1;2' }))).toBe(
      'user=Am%C3%A9lie%20%26%20%22co%22,a%20b%2Cc=1%3B2',
    );
  });

  it('is bounded on its way in and out', () => {
    const { read, write } = traffic();
    const members = Array.from({ length: 200 }, (_, index) => `k${index}=${index}`);
    expect(Object.keys(read(members.join(',')) ?? {})).toHaveLength(180);
    expect(write(baggageOf(Object.fromEntries(members.map((one) => one.split('=')))))?.split(',')).toHaveLength(180);
    const long = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'v'.repeat(500)]));
    expect((write(baggageOf(long)) ?? '').length).toBeLessThanOrEqual(8192);
  });

  it('is left out where no header can hold it', () => {
    const { write } = traffic();
    const withProperties = (text: string): string | undefined =>
      write(baggageOf({ user: { value: 'ada', metadata: baggageEntryMetadataFromString(text) } }));
    expect(withProperties('p;q=1')).toBe('user=ada;p;q=1');
    for (const bad of ['p\r\nx-forged: 1', '\u00e9', '\ud83d\ude00']) expect(withProperties(bad)).toBeUndefined();
  });

  it('that cannot be written is told once, and disturbs nothing', () => {
    const { write, problems } = traffic();
    for (let n = 0; n < 3; n++) expect(write(baggageOf({ user: 'half a pair: \ud800' }))).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('The propagator "baggage" could not write its headers');
  });

  it('is not there when there is none, or tracing is suppressed', () => {
    const { write } = traffic();
    expect(write(baggageOf({}))).toBeUndefined();
    expect(write(baggageOf({ user: 'ada' }), suppressTracing(ROOT_CONTEXT))).toBeUndefined();
  });

  it('comes out as it went in: any keys, any values', () => {
    const { read, write } = traffic();
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 10 }), (entries) => {
        fc.pre(!Object.hasOwn(entries, '__proto__'));
        const header = write(baggageOf(entries));
        expect(read(header) ?? {}).toEqual(entries);
        expect(header ?? '').toMatch(/^[!-~]*$/);
      }),
    );
  });

  it('never throws, and never makes a header that node:http refuses, whatever comes', () => {
    const { pass } = traffic();
    const header = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.anything()), fc.anything());
    fc.assert(
      fc.property(header, (given) => {
        const out = pass(given);
        if (out !== undefined) validateHeaderValue('baggage', out);
      }),
      { numRuns: 1000 },
    );
  });
});
