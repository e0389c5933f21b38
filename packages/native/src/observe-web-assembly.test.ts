import { describe, expect, it, onTestFinished } from 'vitest';
import xxhash from 'xxhash-wasm';
import { observeWebAssembly } from './index.ts';
import { MODULE, pointsOf, type TestTelemetry, testTelemetry } from './observed.test-support.ts';
import { webAssembly } from './web-assembly.ts';

interface Compiling {
  compile(source: unknown): Promise<object>;
  instantiate(source: unknown, imports?: object): Promise<{ readonly instance: object; readonly module: object }>;
  compileStreaming(source: unknown): Promise<object>;
  instantiateStreaming(source: unknown): Promise<{ readonly module: object }>;
}

const api = webAssembly as unknown as typeof webAssembly & Compiling;

function observed(): TestTelemetry & { readonly stop: () => void } {
  const all = testTelemetry();
  const stop = observeWebAssembly(all.telemetry);
  onTestFinished(stop);
  return { ...all, stop };
}

/** `compile` → 1: how many modules were compiled that way, and `compile CompileError` → 1, how many were not. */
function compiled({ telemetry }: TestTelemetry, name = 'wasm.compile.duration'): Record<string, number> {
  return Object.fromEntries(
    pointsOf(telemetry, name).map(({ attributes, ...point }) => [
      Object.values(attributes).reverse().join(' '),
      'count' in point ? point.count : Number.NaN,
    ]),
  );
}

const response = (headers: Record<string, string> = {}): Response =>
  new Response(MODULE, { headers: { 'content-type': 'application/wasm', ...headers } });

describe('compiling WebAssembly that is observed', () => {
  it('is recorded by its method, with the size', async () => {
    const all = observed();
    const module = await api.compile(MODULE);
    expect(new api.Module(MODULE.buffer)).toBeInstanceOf(api.Module);
    const { instance } = await api.instantiate(MODULE);
    expect(instance).toBeInstanceOf(api.Instance);
    expect(module).toBeInstanceOf(api.Module);
    await api.compileStreaming(response({ 'content-length': '157' }));
    await api.instantiateStreaming(Promise.resolve(response()));
    await expect
      .poll(() => compiled(all))
      .toEqual({
        compile: 1,
        Module: 1,
        instantiate: 1,
        compileStreaming: 1,
        instantiateStreaming: 1,
      });
    expect(compiled(all, 'wasm.module.size')).toEqual({ compile: 1, Module: 1, instantiate: 1, compileStreaming: 1 });
    for (const point of pointsOf(all.telemetry, 'wasm.module.size')) {
      const expected = point.attributes['wasm.method'] === 'compileStreaming' ? 157 : MODULE.byteLength;
      expect(point).toMatchObject({ sum: expected });
    }
  });

  it('takes the time until it is done', async () => {
    const all = observed();
    const compiling = api.compile(MODULE);
    all.clock.work(2);
    await compiling;
    await expect.poll(() => pointsOf(all.telemetry, 'wasm.compile.duration')).toMatchObject([{ count: 1, sum: 2 }]);
  });

  it('that a library does is seen', async () => {
    const all = observed();
    const { h32 } = await xxhash();
    expect(h32('hello')).toBeGreaterThan(0);
    await expect.poll(() => compiled(all)).toEqual({ instantiate: 1 });
  });

  it('fails as it would, and is recorded as failed', async () => {
    const all = observed();
    const broken = new Uint8Array([1, 2, 3]);
    await expect(api.compile(broken)).rejects.toThrow('compile()');
    expect(() => new api.Module(broken)).toThrow('Module()');
    await expect(api.instantiate(undefined)).rejects.toThrow(TypeError);
    await expect(api.compileStreaming(Promise.reject(new RangeError('offline')))).rejects.toThrow('offline');
    await expect
      .poll(() => compiled(all))
      .toEqual({
        'compile CompileError': 1,
        'Module CompileError': 1,
        'instantiate TypeError': 1,
        'compileStreaming RangeError': 1,
      });
    expect(compiled(all, 'wasm.module.size')).toEqual({});
  });

  it('does not take an instance of a compiled module for a compilation', async () => {
    const all = observed();
    const module = new api.Module(MODULE);
    expect(await api.instantiate(module)).toBeInstanceOf(api.Instance);
    expect(compiled(all)).toEqual({ Module: 1 });
  });

  it('leaves subclasses and static methods of modules as they are', () => {
    const all = observed();
    class Mine extends api.Module {}
    expect(new Mine(MODULE)).toBeInstanceOf(Mine);
    const { exports } = api.Module as unknown as { exports(module: object): readonly { readonly name: string }[] };
    expect(exports(new api.Module(MODULE)).map(({ name }) => name)).toContain('add');
    expect(compiled(all)).toEqual({ Module: 2 });
  });

  it('ends: everything is as it was, and what was taken meanwhile records nothing', async () => {
    const keys = Reflect.ownKeys(api).length;
    const originals = [api.compile, api.instantiate, api.Module, api.compileStreaming, api.instantiateStreaming];
    const all = observed();
    const { compile } = api;
    expect(compile).not.toBe(originals[0]);
    expect([compile.name, compile.length]).toEqual(['compile', 1]);
    all.stop();
    all.stop();
    expect([api.compile, api.instantiate, api.Module, api.compileStreaming, api.instantiateStreaming]).toEqual(
      originals,
    );
    expect(api.compile).toBe(originals[0]);
    expect(Reflect.ownKeys(api)).toHaveLength(keys);
    await compile(MODULE);
    expect(compiled(all)).toEqual({});
  });

  it('is observed once, and again after its end', async () => {
    const first = observed();
    const second = observed();
    await api.compile(MODULE);
    await expect.poll(() => compiled(first)).toEqual({ compile: 1 });
    expect(compiled(second)).toEqual({});
    expect(second.problems).toEqual([
      'WebAssembly is observed already, by this or another telemetry; this observeWebAssembly does nothing.',
    ]);
    first.stop();
    const third = observed();
    await api.compile(MODULE);
    await expect.poll(() => compiled(third)).toEqual({ compile: 1 });
  });

  it('leaves what others have put there since', () => {
    const all = observed();
    const observedCompile = api.compile;
    const theirs = (source: unknown) => observedCompile(source);
    (api as { compile: unknown }).compile = theirs;
    all.stop();
    expect(api.compile).toBe(theirs);
    (api as { compile: unknown }).compile = observedCompile;
  });
});
