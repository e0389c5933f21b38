import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import * as crc from '@node-rs/crc32';
import { SpanKind } from '@opentelemetry/api';
import { describe, expect, it, vi } from 'vitest';
import xxhash from 'xxhash-wasm';
import { observeAddon } from './index.ts';
import { callsOf, inFlight, pointsOf, secondsOf, testTelemetry } from './observed.test-support.ts';

const TO = { to: 'codec' };

describe('an add-on that is observed', () => {
  it('gives what it gave, and counts its calls and its failures', () => {
    const { telemetry, events } = testTelemetry();
    const binding = createRequire(import.meta.url)('@node-rs/crc32') as typeof crc;
    const observed = observeAddon(binding, telemetry, { to: 'crc32' });
    expect(observed.crc32('hello')).toBe(0x3610a686);
    expect(observed.crc32c(Buffer.from('hello'))).toBe(binding.crc32c('hello'));
    expect(() => observed.crc32(42 as never)).toThrow();
    expect(callsOf(telemetry)).toEqual({
      'native crc32 crc32': 1,
      'native crc32 crc32 InvalidArg': 1,
      'native crc32 crc32c': 1,
    });
    expect(events).toEqual([]);
    expect([inFlight(telemetry), Object.keys(observed), observed.crc32.name, observed.crc32.length]).toEqual([
      0,
      Object.keys(binding),
      binding.crc32.name,
      binding.crc32.length,
    ]);
  });

  it('can be the namespace of an import', () => {
    const { telemetry } = testTelemetry();
    expect(observeAddon(crc, telemetry, { to: 'crc32' }).crc32('hello')).toBe(0x3610a686);
    expect(callsOf(telemetry)).toEqual({ 'native crc32 crc32': 1 });
  });

  it('can be a library that hides WebAssembly, with objects that are its own', async () => {
    const { telemetry } = testTelemetry();
    const api = await xxhash();
    const observed = observeAddon(api, telemetry, { to: 'xxhash', protocol: 'wasm' });
    expect(observed.h64ToString('hello')).toBe(api.h64ToString('hello'));
    expect(observed.create32(1).update('hel').update('lo').digest()).toBe(api.h32('hello', 1));
    expect(callsOf(telemetry)).toEqual({ 'wasm xxhash create32': 1, 'wasm xxhash h64ToString': 1 });
  });

  it('is itself left as it was, and shares all that is no function', () => {
    const { telemetry } = testTelemetry();
    const symbol = Symbol('secret');
    const addon = {
      version: 1,
      shared: { deep: true },
      [symbol]: 'kept',
      level: () => addon.version,
      get lazy() {
        return () => 'loaded';
      },
    };
    const { level } = addon;
    const observed = observeAddon(addon, telemetry, TO);
    observed.version = 2;
    expect([addon.version, observed.level(), addon.level === level]).toEqual([2, 2, true]);
    expect([observed.shared === addon.shared, observed[symbol], observed.lazy()]).toEqual([true, 'kept', 'loaded']);
    expect(Reflect.ownKeys(observed)).toEqual(Reflect.ownKeys(addon));
    expect(observed.level).toBe(observed.level);
    expect(callsOf(telemetry)).toEqual({ 'native codec lazy': 1, 'native codec level': 1 });
  });

  it('gets its own `this`, also in methods of its prototype that insist on it, and promises are timed to their end', async () => {
    const { telemetry, clock } = testTelemetry();
    const observed = observeAddon(crypto.subtle, telemetry, { to: 'webcrypto' });
    expect(observed).toBeInstanceOf(SubtleCrypto);
    const digest = observed.digest('SHA-256', Buffer.from('hello'));
    expect(inFlight(telemetry)).toBe(1);
    clock.work(2);
    expect(Buffer.from(await digest).toString('hex')).toMatch(/^2cf24dba/);
    await expect(observed.digest('none', Buffer.from(''))).rejects.toThrow();
    expect(callsOf(telemetry)).toEqual({
      'native webcrypto digest': 1,
      'native webcrypto digest NotSupportedError': 1,
    });
    expect([inFlight(telemetry), secondsOf(telemetry)]).toEqual([0, 2]);
  });

  it('passes on another `this`', () => {
    const { telemetry } = testTelemetry();
    const observed = observeAddon(
      {
        self(this: unknown) {
          return this;
        },
      },
      telemetry,
      TO,
    );
    const other = {};
    expect(observed.self.call(other)).toBe(other);
    const { self } = observed;
    expect(self()).toBe(undefined);
  });

  it('times functions with callbacks up to these', async () => {
    const { telemetry, clock } = testTelemetry();
    const observed = observeAddon(zlib, telemetry, {
      to: 'zlib',
      operations: ['gunzip', 'gunzipSync'],
      callbacks: ['gunzip'],
    });
    const packed = zlib.gzipSync('hello');
    const unpacked = new Promise<string>((resolve, reject) => {
      observed.gunzip(packed, (error, result) => (error === null ? resolve(result.toString()) : reject(error)));
    });
    expect(inFlight(telemetry)).toBe(1);
    clock.work(3);
    expect(await unpacked).toBe('hello');
    await expect(new Promise((_, reject) => observed.gunzip(Buffer.from('x'), reject))).rejects.toThrow();
    expect(() => observed.gunzip(42 as never, () => {})).toThrow();
    expect(observed.gunzipSync(packed).toString()).toBe('hello');
    expect(await promisify(observed.gunzip)(packed)).toEqual(Buffer.from('hello'));
    expect(observed.gzipSync).toBe(zlib.gzipSync);
    expect(callsOf(telemetry)).toEqual({
      'native zlib gunzip': 2,
      'native zlib gunzip ERR_INVALID_ARG_TYPE': 1,
      'native zlib gunzip Z_BUF_ERROR': 1,
      'native zlib gunzipSync': 1,
    });
    expect([inFlight(telemetry), secondsOf(telemetry)]).toEqual([0, 3]);
  });

  it('counts a callback that is called twice, and a throw after it, once', () => {
    const { telemetry } = testTelemetry();
    const observed = observeAddon(
      {
        twice(callback: (error: Error | null) => void) {
          callback(null);
          callback(new Error('late'));
          throw new Error('later');
        },
      },
      telemetry,
      { ...TO, callbacks: ['twice'] },
    );
    const called = vi.fn();
    expect(() => observed.twice(called)).toThrow('later');
    expect(called).toHaveBeenCalledTimes(2);
    expect(callsOf(telemetry)).toEqual({ 'native codec twice': 1 });
    expect(inFlight(telemetry)).toBe(0);
  });

  it('may be a function with others on it', () => {
    const { telemetry } = testTelemetry();
    const hash = Object.assign(
      function hash(text: string) {
        return text.length;
      },
      {
        version: '1',
        sync: (text: string) => text.length + 1,
      },
    );
    const observed = observeAddon(hash, telemetry, TO);
    expect([observed('ab'), observed.sync('ab'), observed.version, hash.sync('ab')]).toEqual([2, 3, '1', 3]);
    expect(callsOf(telemetry)).toEqual({ 'native codec hash': 1, 'native codec sync': 1 });
  });

  it('uses the custom way of promisify, as the same call', async () => {
    const { telemetry } = testTelemetry();
    const read = Object.assign((callback: (error: null) => void) => callback(null), {
      [promisify.custom]: async () => 'custom',
    });
    const observed = observeAddon({ read }, telemetry, { ...TO, callbacks: ['read'] });
    expect(await promisify(observed.read)()).toBe('custom');
    observed.read(() => {});
    expect(callsOf(telemetry)).toEqual({ 'native codec read': 2 });
  });

  it('is given back as it is when boundaries are switched off', () => {
    const { telemetry } = testTelemetry({ operations: { disable: ['boundary'] } });
    expect(observeAddon(crc, telemetry, TO)).toBe(crc);
  });

  it('with more functions than there is room for has names for the first, and tells of it', () => {
    const { telemetry, problems } = testTelemetry();
    const addon = Object.fromEntries(Array.from({ length: 203 }, (_, at) => [`f${at}`, () => at]));
    const observed = observeAddon(addon, telemetry, TO);
    for (const f of Object.values(observed)) f();
    expect(callsOf(telemetry)).toMatchObject({ 'native codec f199': 1, 'native codec other': 3 });
    expect(problems).toEqual([
      'codec has more than 200 functions; further ones are the operation "other". Name those that matter in "operations" of observeAddon.',
    ]);
  });

  it.each<[string, Parameters<typeof observeAddon>[2], string]>([
    ['without a name', {} as never, '"to" of observeAddon is missing; give the name of what is called'],
    [
      'with an unknown option',
      { ...TO, span: true } as never,
      'Unknown option "observeAddon.span"; did you mean "spans"?',
    ],
    ['with a wrong sample', { ...TO, sample: 0 }, '"sample" of observeAddon is 0; give "auto", or a whole number'],
    ['with a sample of operations', { ...TO, sample: 2, spans: true }, '"sample" of observeAddon is 2; leave it out'],
    ['with a wrong switch', { ...TO, cpu: 'yes' as never }, '"cpu" of observeAddon is "yes"; give true or false'],
    ['with a wrong list', { ...TO, callbacks: 'f' as never }, '"callbacks" of observeAddon is "f"; give the names'],
    [
      'with a name that is none',
      { ...TO, operations: ['crc31'] },
      '"operations" of observeAddon has "crc31", which is no function there. There are crc32, crc32c',
    ],
  ])('is refused %s', (_, options, message) => {
    const { telemetry } = testTelemetry();
    expect(() => observeAddon(createRequire(import.meta.url)('@node-rs/crc32'), telemetry, options)).toThrow(message);
  });

  it('is refused if it is no object', () => {
    const { telemetry } = testTelemetry();
    expect(() => observeAddon(undefined as never, telemetry, TO)).toThrow('observeAddon was given undefined');
  });
});

describe('a class of an add-on', () => {
  it('with slots of its own is constructed, used and inherited from as before', () => {
    const { telemetry } = testTelemetry();
    const observed = observeAddon({ Map }, telemetry, TO);
    const map = new observed.Map([['a', 1]]);
    map.set('b', 2);
    expect([map.size, map.get('b'), [...map.keys()]]).toEqual([2, 2, ['a', 'b']]);
    expect([map instanceof Map, map instanceof observed.Map, new Map() instanceof observed.Map]).toEqual([
      true,
      true,
      true,
    ]);
    expect([map.constructor, observed.Map.name, observed.Map.length]).toEqual([observed.Map, 'Map', 0]);
    class Mine extends observed.Map<string, number> {
      double(key: string): number {
        return 2 * (this.get(key) ?? 0);
      }
    }
    const mine = new Mine([['a', 2]]);
    expect([mine.double('a'), mine instanceof Mine, map instanceof Mine]).toEqual([4, true, false]);
    expect(callsOf(telemetry)).toEqual({
      'native codec Map.get': 2,
      'native codec Map.keys': 1,
      'native codec Map.set': 3, // the constructor sets by the method that the new map has
      'native codec new Map': 2,
    });
    expect(() => (observed.Map as unknown as () => void)()).toThrow("Constructor Map requires 'new'");
  });

  it('keeps what is private, and static', () => {
    const { telemetry } = testTelemetry();
    class Hasher {
      static #made = 0;
      #text = '';
      static readonly version = 3;
      static make(): Hasher {
        Hasher.#made++;
        return new Hasher();
      }
      static get made(): number {
        return Hasher.#made;
      }
      update(text: string): this {
        this.#text += text;
        return this;
      }
      get length(): number {
        return this.#text.length;
      }
      fail(): never {
        throw new RangeError('no');
      }
    }
    const observed = observeAddon({ Hasher }, telemetry, TO);
    const hasher = new observed.Hasher().update('ab').update('c');
    expect([hasher.length, observed.Hasher.version]).toEqual([3, 3]);
    expect(() => hasher.fail()).toThrow(RangeError);
    expect([observed.Hasher.make() instanceof observed.Hasher, observed.Hasher.made]).toEqual([true, 1]);
    expect(callsOf(telemetry)).toEqual({
      'native codec Hasher.fail RangeError': 1,
      'native codec Hasher.make': 1,
      'native codec Hasher.update': 2,
      'native codec new Hasher': 1,
    });
  });

  it('can be observed in part, or not at all', () => {
    const { telemetry } = testTelemetry();
    const part = observeAddon({ Map, Set }, telemetry, { ...TO, operations: ['Map.set'] });
    new part.Map([['a', 1]]).set('b', 2);
    expect(part.Set).toBe(Set);
    expect(callsOf(telemetry)).toEqual({ 'native codec Map.set': 2 });
  });

  it('may be the add-on', () => {
    const { telemetry } = testTelemetry();
    const observed = observeAddon(Map, telemetry, TO);
    expect(new observed([[1, 2]]).get(1)).toBe(2);
    expect(callsOf(telemetry)).toEqual({
      'native codec Map.get': 1,
      'native codec Map.set': 1,
      'native codec new Map': 1,
    });
  });
});

describe('the calls of an add-on', () => {
  it('are timed one by one by default while they are long', () => {
    const { telemetry, clock } = testTelemetry();
    const observed = observeAddon({ work: () => clock.work(0.001) }, telemetry, TO);
    for (let at = 0; at < 200; at++) observed.work();
    expect(callsOf(telemetry)).toEqual({ 'native codec work': 200 });
    expect(secondsOf(telemetry)).toBeCloseTo(0.2, 9);
    expect(pointsOf(telemetry, 'boundary.call.sampling')).toEqual([]);
  });

  it.each([
    ['one in ten when they take microseconds', 5e-6, 10],
    ['one in a hundred when they take less', 0, 100],
  ])('are timed %s, and counted exactly', (_, seconds, sample) => {
    const { telemetry, clock } = testTelemetry();
    const observed = observeAddon({ work: () => clock.work(seconds) }, telemetry, TO);
    for (let at = 0; at < 64; at++) observed.work();
    const looks = vi.spyOn(clock, 'monotonic');
    for (let at = 0; at < 10_000; at++) observed.work();
    const timed = looks.mock.calls.length / 2;
    looks.mockRestore();
    expect(timed).toBeGreaterThan(0.5 * (10_000 / sample));
    expect(timed).toBeLessThan(2 * (10_000 / sample));
    expect(callsOf(telemetry)).toEqual({ 'native codec work': 10_064 });
    expect(secondsOf(telemetry)).toBeCloseTo(10_064 * seconds, 6);
    expect(pointsOf(telemetry, 'boundary.call.sampling')).toMatchObject([
      { value: sample, attributes: { 'boundary.from': 'shop', 'boundary.operation': 'work' } },
    ]);
  });

  it('are counted whenever metrics are read, failures by their type, whether they were timed or not', () => {
    const { telemetry } = testTelemetry();
    const work = (fails: boolean): void => {
      if (fails) throw new RangeError('no');
    };
    const observed = observeAddon({ work }, telemetry, { ...TO, sample: 1000 });
    for (let at = 1; at <= 300; at++) {
      observed.work(false);
      expect(() => observed.work(true)).toThrow(RangeError);
      if (at % 50 > 1) continue;
      expect(callsOf(telemetry)).toEqual({ 'native codec work': at, 'native codec work RangeError': at });
    }
  });

  it('are whole operations with `spans`: a span, an event, in flight', async () => {
    const { telemetry, events, spans } = testTelemetry();
    const binding = createRequire(import.meta.url)('@node-rs/crc32') as typeof crc;
    const observed = observeAddon(binding, telemetry, { to: 'crc32', spans: true });
    telemetry.span('checkout', () => {
      expect(observed.crc32('hello')).toBe(0x3610a686);
      expect(() => observed.crc32(42 as never)).toThrow();
    });
    expect(events.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['crc32 crc32', 'completed'],
      ['crc32 crc32', 'failed'],
    ]);
    const [first, second, parent] = await spans();
    expect(first).toMatchObject({
      name: 'crc32 crc32',
      kind: SpanKind.CLIENT,
      status: 'unset',
      parentSpanId: parent?.spanId,
    });
    expect(second).toMatchObject({ status: 'error', attributes: { 'error.type': 'InvalidArg' } });
    expect(callsOf(telemetry)).toEqual({ 'native crc32 crc32': 1, 'native crc32 crc32 InvalidArg': 1 });
  });

  it('are whole operations with `spans` when a callback ends them', async () => {
    const { telemetry, events, spans } = testTelemetry();
    const observed = observeAddon(zlib, telemetry, {
      to: 'zlib',
      operations: ['gzip'],
      callbacks: ['gzip'],
      spans: true,
    });
    await promisify(observed.gzip)('hello');
    await expect(promisify(observed.gzip)(42 as never)).rejects.toThrow();
    expect(events.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['zlib gzip', 'completed'],
      ['zlib gzip', 'failed'],
    ]);
    expect(await spans()).toHaveLength(2);
    expect(inFlight(telemetry)).toBe(0);
  });

  it('tell with `cpu` that they compute', () => {
    const { telemetry } = testTelemetry();
    const observed = observeAddon(crc, telemetry, { to: 'crc32', operations: ['crc32'], cpu: true });
    const bytes = Buffer.alloc(64 * 1024 * 1024);
    observed.crc32(bytes);
    const points = pointsOf(telemetry, 'boundary.cpu.time');
    expect(points.map(({ attributes }) => attributes['cpu.scope'])).toEqual(['thread', 'thread']);
    expect(points.reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0)).toBeGreaterThan(0);
  });
});
