import { describe, expect, it } from 'vitest';
import { observeWasm } from './index.ts';
import { callsOf, inFlight, MODULE, pointsOf, testTelemetry } from './observed.test-support.ts';
import { webAssembly } from './web-assembly.ts';

const TO = { to: 'math' };

interface Exports {
  readonly add: (a: number, b: number) => number;
  readonly trap: () => void;
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly table: { get(at: number): unknown };
  readonly seven: { readonly value: number };
}

const instance = (): { readonly exports: Readonly<Record<string, unknown>> } =>
  new webAssembly.Instance(new webAssembly.Module(MODULE));

describe('exports of WebAssembly that are observed', () => {
  it('are a new frozen object with counted functions, and the same memory, table and global', () => {
    const { telemetry, events } = testTelemetry();
    const { exports } = instance();
    const observed = observeWasm(exports, telemetry, TO) as unknown as Exports;
    expect([observed.add(2, 3), observed.add(-1, 1)]).toEqual([5, 0]);
    expect(() => observed.trap()).toThrow('unreachable');
    expect(callsOf(telemetry)).toEqual({ 'wasm math add': 2, 'wasm math trap RuntimeError': 1 });
    expect([events, inFlight(telemetry)]).toEqual([[], 0]);
    expect([observed.memory, observed.table, observed.seven]).toEqual([exports.memory, exports.table, exports.seven]);
    expect([observed.memory === exports.memory, observed.seven.value]).toEqual([true, 7]);
    expect([Object.keys(observed), Object.isFrozen(observed), Object.getPrototypeOf(observed)]).toEqual([
      Object.keys(exports),
      true,
      null,
    ]);
    expect([observed.add.name, observed.add.length]).toEqual([(exports.add as Exports['add']).name, 2]);
  });

  it('are those of an instance, when that is given', () => {
    const { telemetry } = testTelemetry();
    const observed = observeWasm(instance(), telemetry, TO);
    expect(observed).toBeInstanceOf(webAssembly.Instance);
    expect((observed.exports as unknown as Exports).add(2, 3)).toBe(5);
    expect(callsOf(telemetry)).toEqual({ 'wasm math add': 1 });
  });

  it('are whole operations with `spans`', async () => {
    const { telemetry, events, spans } = testTelemetry();
    const observed = observeWasm(instance().exports, telemetry, { ...TO, spans: true }) as unknown as Exports;
    observed.add(2, 3);
    expect(() => observed.trap()).toThrow('unreachable');
    expect(events.map(({ name, outcome, attributes }) => [name, outcome, attributes['boundary.protocol']])).toEqual([
      ['math add', 'completed', 'wasm'],
      ['math trap', 'failed', 'wasm'],
    ]);
    expect(await spans()).toHaveLength(2);
  });

  it('are counted exactly however many there are', () => {
    const { telemetry } = testTelemetry();
    const observed = observeWasm(instance().exports, telemetry, TO) as unknown as Exports;
    for (let at = 0; at < 100_000; at++) observed.add(at, at);
    expect(callsOf(telemetry)).toEqual({ 'wasm math add': 100_000 });
    expect(pointsOf(telemetry, 'boundary.call.sampling')).toMatchObject([{ value: 100 }]);
  });

  it('that are not asked for are the original ones', () => {
    const { telemetry } = testTelemetry();
    const { exports } = instance();
    const observed = observeWasm(exports, telemetry, { ...TO, operations: ['add'] });
    expect(observed.trap).toBe(exports.trap);
  });

  it('are given back as they are when boundaries are switched off', () => {
    const { telemetry } = testTelemetry({ operations: { disable: ['boundary'] } });
    const { exports } = instance();
    expect(observeWasm(exports, telemetry, TO)).toBe(exports);
  });

  it('are refused when they are none, or the options are wrong', () => {
    const { telemetry } = testTelemetry();
    expect(() => observeWasm(null as never, telemetry, TO)).toThrow(
      'observeWasm was given null; give a WebAssembly.Instance',
    );
    expect(() => observeWasm(instance(), telemetry, { ...TO, callbacks: [] } as never)).toThrow(
      'Unknown option "observeWasm.callbacks"',
    );
    expect(() => observeWasm(instance(), telemetry, { ...TO, operations: ['sub'] })).toThrow(
      '"operations" of observeWasm has "sub", which is no function there. There are add, trap.',
    );
  });
});
