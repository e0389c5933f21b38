import { execFileSync } from 'node:child_process';
import {
  type Context,
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { PropagatorName, Telemetry, TelemetryOptions } from '../index.ts';
import { testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

type Headers = Record<string, unknown>;

const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const SPAN_ID = 'eee19b7ec3c1b174';
const IDS = { traceId: TRACE_ID, spanId: SPAN_ID };
const OTHER = { traceId: '463ac35c9f6413ad48485a3953bb6124', spanId: '0020000000000001' };
const XRAY = (ids: typeof IDS, sampled = 1): string =>
  `Root=1-${ids.traceId.slice(0, 8)}-${ids.traceId.slice(8)};Parent=${ids.spanId};Sampled=${sampled}`;
const TRACEPARENT = ({ traceId, spanId }: typeof IDS): string => `00-${traceId}-${spanId}-01`;

function spanOf(telemetry: Telemetry, headers: Headers): SpanContext | undefined {
  return trace.getSpanContext(telemetry.extract(headers));
}

function written(telemetry: Telemetry, from: Context = trace.setSpanContext(ROOT_CONTEXT, { ...IDS, traceFlags: 1 })) {
  const headers: Record<string, string> = {};
  telemetry.inject(headers, from);
  return headers;
}

function withPropagators(...propagators: NonNullable<TelemetryOptions['propagators']>) {
  return tracedTelemetry({ propagators });
}

const WRITTEN: Readonly<Record<PropagatorName, Record<string, string>>> = {
  tracecontext: { traceparent: TRACEPARENT(IDS) },
  baggage: {},
  b3: { b3: `${TRACE_ID}-${SPAN_ID}-1` },
  b3multi: { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' },
  xray: { 'x-amzn-trace-id': XRAY(IDS) },
};
const NAMES = Object.keys(WRITTEN) as PropagatorName[];

describe('propagators', () => {
  it('are W3C trace context and baggage, unless others are asked for', () => {
    const { telemetry } = tracedTelemetry();
    const from = propagation.setBaggage(
      trace.setSpanContext(ROOT_CONTEXT, { ...IDS, traceFlags: 1 }),
      propagation.createBaggage({ tenant: { value: 'acme & co' } }),
    );
    const headers = written(telemetry, from);
    expect(headers).toEqual({ traceparent: TRACEPARENT(IDS), baggage: 'tenant=acme%20%26%20co' });
    const read = telemetry.extract(headers);
    expect(trace.getSpanContext(read)).toMatchObject({ ...IDS, traceFlags: 1, isRemote: true });
    expect(propagation.getBaggage(read)?.getEntry('tenant')?.value).toBe('acme & co');
    expect(spanOf(telemetry, { b3: WRITTEN.b3.b3, ...WRITTEN.xray })).toBeUndefined();
  });

  it.each(NAMES)('write %s, and read what they write', (name) => {
    const { telemetry } = withPropagators(name);
    expect(written(telemetry)).toEqual(WRITTEN[name]);
    if (name === 'baggage') return;
    expect(spanOf(telemetry, WRITTEN[name])).toMatchObject({ ...IDS, traceFlags: 1, isRemote: true });
  });

  it.each(NAMES.filter((name) => name !== 'baggage'))(
    'carry a trace and its decision from service to service by %s',
    async (name) => {
      for (const ratio of [0, 1]) {
        const caller = tracedTelemetry({ propagators: [name], sampling: { ratio } });
        const callee = tracedTelemetry({ propagators: [name], sampling: { ratio: 1 - ratio } });
        const headers: Record<string, string> = {};
        const ids = caller.telemetry.boundary({ to: 'b', operation: 'get' }, (call) => {
          call.inject(headers);
          return call.span?.spanContext();
        });
        callee.telemetry.request({ method: 'GET', headers }, () => {});
        const [request] = await callee.finished();
        const expected = { traceId: ids?.traceId, parentSpanId: ids?.spanId, parentIsRemote: true };
        if (ratio === 0) expect(request).toBeUndefined();
        else expect(request).toMatchObject(expected);
      }
    },
  );

  it('read both kinds of B3 by either name', () => {
    for (const name of ['b3', 'b3multi'] as const) {
      const { telemetry } = withPropagators(name);
      expect(spanOf(telemetry, WRITTEN.b3)).toMatchObject(IDS);
      expect(spanOf(telemetry, WRITTEN.b3multi)).toMatchObject(IDS);
      const debug = telemetry.extract({ b3: `${TRACE_ID}-${SPAN_ID}-d` });
      expect(Object.values(written(telemetry, debug)).join()).toMatch(name === 'b3' ? /-d$/ : /,1$/);
    }
  });

  it('lengthen the short ids of B3, and put ids in upper case into lower case, as a traceparent has to have them', () => {
    const { telemetry } = withPropagators('tracecontext', 'b3', 'xray');
    const short = { 'x-b3-traceid': 'A269B633813FC60C', 'x-b3-spanid': SPAN_ID.toUpperCase(), 'x-b3-sampled': '1' };
    expect(written(telemetry, telemetry.extract(short)).traceparent).toBe(
      `00-0000000000000000a269b633813fc60c-${SPAN_ID}-01`,
    );
    const xray = { 'x-amzn-trace-id': XRAY({ traceId: TRACE_ID.toUpperCase(), spanId: SPAN_ID }) };
    expect(written(telemetry, telemetry.extract(xray)).traceparent).toBe(TRACEPARENT(IDS));
  });

  it('ignore what a load balancer of AWS sends alone: a root without a parent', () => {
    const { telemetry } = withPropagators('tracecontext', 'xray');
    const root = { 'x-amzn-trace-id': `Root=1-${TRACE_ID.slice(0, 8)}-${TRACE_ID.slice(8)}` };
    expect(spanOf(telemetry, root)).toBeUndefined();
    expect(spanOf(telemetry, { ...root, traceparent: TRACEPARENT(OTHER) })).toMatchObject(OTHER);
  });

  it('write all formats, and of several that are read the last of the list counts', () => {
    const both = { traceparent: TRACEPARENT(IDS), ...{ b3: `${OTHER.traceId}-${OTHER.spanId}-1` } };
    expect(spanOf(withPropagators('tracecontext', 'b3').telemetry, both)).toMatchObject(OTHER);
    expect(spanOf(withPropagators('b3', 'tracecontext').telemetry, both)).toMatchObject(IDS);
    const { telemetry } = withPropagators('tracecontext', 'b3', 'xray');
    expect(spanOf(telemetry, { ...both, b3: 'malformed' })).toMatchObject(IDS);
    expect(spanOf(telemetry, { 'x-amzn-trace-id': XRAY(OTHER) })).toMatchObject(OTHER);
    expect(written(telemetry)).toEqual({ ...WRITTEN.tracecontext, ...WRITTEN.b3, ...WRITTEN.xray });
  });

  it('can be none', () => {
    const { telemetry } = withPropagators();
    const headers = { ...WRITTEN.tracecontext, baggage: 'a=1' };
    expect(telemetry.extract(headers)).toBe(telemetry.activeContext());
    expect(written(telemetry)).toEqual({});
  });

  it('never throw for headers of any kind, and give valid ids in lower case or none', () => {
    const { telemetry } = withPropagators(...NAMES);
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), maxLength: 33 });
    const header = fc.oneof(
      fc
        .array(fc.oneof(hex, fc.constantFrom('00', '1', 'd', 'Root=1', ';Parent=', ';Sampled=1')), { maxLength: 8 })
        .map((parts) => parts.join('-')),
      hex,
      fc.string({ unit: 'binary' }),
      fc.anything(),
    );
    const fields = NAMES.flatMap((name) => Object.keys(WRITTEN[name]));
    const headers = fc.record(
      Object.fromEntries(['tracestate', 'baggage', 'x-b3-flags', ...fields].map((field) => [field, header])),
      {
        requiredKeys: [],
      },
    );
    fc.assert(
      fc.property(headers, (given) => {
        const span = spanOf(telemetry, given);
        if (span !== undefined) expect(`${span.traceId} ${span.spanId}`).toMatch(/^[0-9a-f]{32} [0-9a-f]{16}$/);
        telemetry.request({ method: 'GET', headers: given }, () => telemetry.inject({}));
      }),
      { numRuns: 1000 },
    );
  });

  it('leave the context as it is where there are no headers, or nothing to read them from', () => {
    const { telemetry } = tracedTelemetry();
    for (const carrier of [{}, { host: 'shop' }, undefined, null]) {
      expect(telemetry.extract(carrier as never)).toBe(telemetry.activeContext());
    }
  });

  it('do nothing to headers that cannot be written, and say so once', () => {
    const { telemetry, problems } = tracedTelemetry();
    const frozen = Object.freeze({});
    telemetry.span('s', () => {
      telemetry.inject(frozen);
      telemetry.inject(frozen);
      telemetry.inject(undefined as never);
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/^The propagator "tracecontext" could not write its headers: Cannot add /);
    expect(telemetry.health().problems).toEqual({ ERR_ADAPTER: 2 });
  });
});

describe("a propagator of one's own", () => {
  const plain: TextMapPropagator<Headers> = {
    inject: (from, carrier, setter) => setter.set(carrier, 'trace', trace.getSpanContext(from)?.traceId ?? ''),
    extract: (into, carrier, getter) =>
      getter.get(carrier, 'trace') === undefined ? into : trace.setSpanContext(into, { ...IDS, traceFlags: 1 }),
    fields: () => [],
  };

  it('takes part, and is asked even where none of its fields is there', () => {
    const { telemetry } = withPropagators('tracecontext', plain as TextMapPropagator);
    expect(written(telemetry)).toEqual({ ...WRITTEN.tracecontext, trace: TRACE_ID });
    expect(spanOf(telemetry, { trace: 'x' })).toMatchObject(IDS);
  });

  it('that is given twice takes part once', () => {
    let calls = 0;
    const counting = { ...plain, inject: () => calls++ } as TextMapPropagator;
    const { telemetry } = withPropagators(counting, 'tracecontext', counting, 'tracecontext');
    expect(written(telemetry)).toEqual(WRITTEN.tracecontext);
    expect(calls).toBe(1);
  });

  it('that fails harms neither the service nor the others', () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const { telemetry, problems } = withPropagators({ inject: fail, extract: fail, fields: fail }, 'tracecontext', {
      inject: () => {},
      extract: () => undefined as never,
      fields: () => [],
    });
    for (let i = 0; i < 3; i++) {
      expect(written(telemetry)).toEqual(WRITTEN.tracecontext);
      expect(spanOf(telemetry, WRITTEN.tracecontext)).toMatchObject(IDS);
    }
    expect(problems.map(({ message }) => message)).toEqual([
      'The propagator "Object" could not write its headers: broken',
      'The propagator "Object" could not read its headers: broken',
    ]);
  });
});

describe('register', () => {
  afterEach(() => {
    trace.disable();
    metrics.disable();
    propagation.disable();
    context.disable();
  });

  it('makes all formats together the global propagator', () => {
    const { telemetry } = withPropagators('tracecontext', 'b3multi', 'xray');
    telemetry.register();
    const headers = {};
    propagation.inject(trace.setSpanContext(ROOT_CONTEXT, { ...IDS, traceFlags: 1 }), headers);
    expect(headers).toEqual({ ...WRITTEN.tracecontext, ...WRITTEN.b3multi, ...WRITTEN.xray });
    const mixedCase = { 'X-Amzn-Trace-Id': XRAY(OTHER) };
    expect(trace.getSpanContext(propagation.extract(ROOT_CONTEXT, mixedCase))).toMatchObject(OTHER);
    expect(propagation.fields()).toEqual([
      'traceparent',
      'tracestate',
      'x-b3-traceid',
      'x-b3-spanid',
      'x-b3-flags',
      'x-b3-sampled',
      'x-b3-parentspanid',
      'x-amzn-trace-id',
    ]);
  });

  it('reads and writes by any getter and setter', () => {
    const { telemetry } = withPropagators('tracecontext', 'b3multi');
    telemetry.register();
    const map = new Map<string, string>();
    propagation.inject(trace.setSpanContext(ROOT_CONTEXT, { ...IDS, traceFlags: 1 }), map, {
      set: (carrier, key, value) => carrier.set(key, value),
    });
    const read = propagation.extract(ROOT_CONTEXT, map, {
      get: (carrier, key) => carrier.get(key),
      keys: (carrier) => [...carrier.keys()],
    });
    expect(trace.getSpanContext(read)).toMatchObject(IDS);
  });

  it("names the fields that OpenTelemetry's propagators name", () => {
    const { telemetry } = withPropagators(...NAMES);
    telemetry.register();
    const theirs = [
      new W3CTraceContextPropagator(),
      new W3CBaggagePropagator(),
      new B3Propagator(),
      new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
      new AWSXRayPropagator(),
    ];
    expect(propagation.fields()).toEqual(theirs.flatMap((one) => one.fields()));
  });
});

describe('spans that are off', () => {
  it('leave reading as it is, and write nothing', () => {
    const { telemetry, problems } = testTelemetry({ propagators: ['tracecontext', 'baggage', 'b3'] });
    const read = telemetry.extract({ b3: WRITTEN.b3.b3, baggage: 'tenant=acme' });
    expect(trace.getSpanContext(read)).toMatchObject(IDS);
    expect(propagation.getBaggage(read)?.getEntry('tenant')?.value).toBe('acme');
    expect(telemetry.withContext(read, telemetry.logFields)).toEqual({ trace_id: TRACE_ID, span_id: SPAN_ID });
    expect(written(telemetry, read)).toEqual({});
    expect(problems).toEqual([]);
  });
});

/** Runs a module in a process of its own, where packages of OpenTelemetry can be missing, and gives the JSON it writes. */
function runProgram(body: string, missing: readonly string[] = []): unknown {
  const script = `
    const { registerHooks } = await import('node:module');
    const looked = [], loaded = [];
    registerHooks({
      resolve(specifier, context, next) {
        if (${JSON.stringify(missing)}.includes(specifier)) throw new Error('Cannot find package ' + specifier);
        const found = next(specifier, context);
        if (/^@opentelemetry\\/(core|propagator)/.test(specifier)) looked.push(specifier);
        return found;
      },
      load(url, context, next) {
        const name = /@opentelemetry\\/(core|propagator-[a-z0-9-]+)\\/dist\\/index\\./.exec(url);
        if (name !== null) loaded.push(name[1]);
        return next(url, context);
      },
    });
    const { createTelemetry } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    const told = [];
    const create = (options) => createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false }, onError: (error) => told.push(error.message), ...options });
    const traceparent = '${TRACEPARENT(IDS)}';
    ${body}`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('.', import.meta.url),
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

const ON = '{ signals: { spans: true } }';

describe('a package of OpenTelemetry', () => {
  it('is not looked for at start-up while spans are off, and not loaded before it is needed', () => {
    const output = runProgram(`
      const off = create({});
      const atStart = [looked.length, loaded.length];
      const on = create({ signals: { spans: true }, propagators: ['tracecontext', 'b3', 'xray'] });
      const found = new Set(looked).size;
      on.extract({ host: 'shop' });
      const idle = loaded.length;
      off.extract({ traceparent });
      const first = [...loaded];
      on.inject({}, on.extract({ traceparent }));
      console.log(JSON.stringify({ atStart, found, idle, first, loaded }));`);
    expect(output).toEqual({
      atStart: [0, 0],
      found: 3,
      idle: 0,
      first: ['core'],
      loaded: expect.arrayContaining(['core', 'propagator-b3', 'propagator-aws-xray']),
    });
  });

  it.each([
    ['b3', '@opentelemetry/propagator-b3'],
    ['b3multi', '@opentelemetry/propagator-b3'],
    ['xray', '@opentelemetry/propagator-aws-xray'],
  ])('that is missing for %s is told of at start-up, with the mend', (name, missing) => {
    const output = runProgram(
      `try { create({ propagators: ['${name}'] }); } catch ({ name, code, message }) { console.log(JSON.stringify([name, code, message])); }`,
      [missing],
    );
    expect(output).toEqual([
      'TelemetryError',
      'ERR_OPTION',
      `The propagator "${name}" needs ${missing}, which cannot be loaded: npm install ${missing}. A bundle must leave it out and have it installed beside.`,
    ]);
  });

  it('that is missing for trace context is told of at start-up where spans are on', () => {
    const output = runProgram(`try { create(${ON}); } catch ({ code }) { console.log(JSON.stringify(code)); }`, [
      '@opentelemetry/core',
    ]);
    expect(output).toBe('ERR_OPTION');
  });

  it('that is missing is told of once per format where spans are off, and harms nobody', () => {
    const output = runProgram(
      `
      const telemetry = create({});
      for (let i = 0; i < 3; i++) telemetry.extract({ traceparent, baggage: 'a=1' });
      console.log(JSON.stringify([told, telemetry.health().problems]));`,
      ['@opentelemetry/core'],
    );
    expect(output).toEqual([
      ['tracecontext', 'baggage'].map((name) =>
        expect.stringContaining(`The propagator "${name}" needs @opentelemetry/core, which cannot be loaded: `),
      ),
      { ERR_ADAPTER: 2 },
    ]);
  });

  it('comes as the module that shares the API of OpenTelemetry with the service', () => {
    const output = runProgram(`
      const { isContext, trace } = await import('@opentelemetry/api');
      const telemetry = create({ signals: { spans: true }, propagators: ['xray', 'b3'] });
      const { traceId } = trace.getSpanContext(telemetry.extract({ b3: '${TRACE_ID}-${SPAN_ID}-1' }));
      console.log(JSON.stringify([traceId, Object.keys((await import('node:module')).Module._cache).filter((file) => file.endsWith('.cjs'))]));`);
    expect(output).toEqual([TRACE_ID, []]);
  });
});
