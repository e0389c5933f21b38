import { context, createContextKey } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { detectResources } from '@opentelemetry/resources';
import { ManualClock } from '@telltale/testing';
import { detected } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { detectorOf, type Source } from './index.ts';

type Key = 'host.id' | 'host.name' | 'process.pid';
type Ask = Source<Key>['ask'];

function source(ask: Ask, isPossible = true): Source<Key> {
  return {
    name: 'somewhere',
    keys: ['host.id', 'host.name', 'process.pid'],
    numbers: ['process.pid'],
    isPossible: () => isPossible,
    ask,
  };
}
const never = new Promise<never>(() => {});

describe('a detector', () => {
  it('has what its source says', async () => {
    const detector = detectorOf(source(async (say) => say({ 'host.id': 'i-1', 'host.name': 'a' })));
    expect(await detected([detector])).toEqual({ 'host.id': 'i-1', 'host.name': 'a' });
  });

  it('does not ask a source that cannot be there', async () => {
    const detector = detectorOf(source(() => Promise.reject(new Error('was asked')), false));
    expect(detector.detect()).toEqual({ attributes: {} });
  });

  it('keeps what a source had said when it failed', async () => {
    const detector = detectorOf(
      source(async (say) => {
        say({ 'host.id': 'i-1' });
        throw new Error('the rest is not to be had');
      }),
    );
    expect(await detected([detector])).toEqual({ 'host.id': 'i-1' });
  });

  it('keeps what a source had said when its time was over, and stops it', async () => {
    const clock = new ManualClock();
    const stopped: boolean[] = [];
    const detector = detectorOf(
      source(async (say, signal) => {
        signal.addEventListener('abort', () => stopped.push(true));
        say({ 'host.id': 'i-1' });
        await never;
      }),
      { clock },
    );
    let answer: Readonly<Record<string, unknown>> | undefined;
    const asking = detected([detector]).then((found) => {
      answer = found;
    });
    await clock.advance(0.79);
    expect([answer, stopped]).toEqual([undefined, []]);
    await clock.advance(0.01);
    await asking;
    expect([answer, stopped]).toEqual([{ 'host.id': 'i-1' }, [true]]);
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when the source was faster', async () => {
    const clock = new ManualClock();
    await detected([
      detectorOf(
        source(async () => {}),
        { clock },
      ),
    ]);
    expect(clock.pending).toBe(0);
  });

  it('stops what a source had left running', async () => {
    const stopped: boolean[] = [];
    await detected([
      detectorOf(
        source(async (_say, signal) => {
          signal.addEventListener('abort', () => stopped.push(true));
          throw new Error('one of two questions failed');
        }),
      ),
    ]);
    expect(stopped).toEqual([true]);
  });

  it('leaves out what a source says too late', async () => {
    const clock = new ManualClock();
    let late: (() => void) | undefined;
    const detector = detectorOf(
      source(async (say) => {
        late = () => say({ 'host.id': 'i-1' });
        await never;
      }),
      { clock },
    );
    const { attributes } = detector.detect();
    await clock.advance(1);
    late?.();
    expect(await attributes['host.id']).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['a page', '<html>\n<body>Go online</body>\n</html>'],
    ['an empty text', ''],
    ['a text with a control character', 'i-1\u0000'],
    ['a very long text', 'x'.repeat(1025)],
    ['an object', { id: 'i-1' }],
    ['null', null],
    ['a number', 7],
    ['an empty list', []],
    ['a list with something else', ['a', 1]],
    ['a truth', true],
  ])('leaves out what is no value: %s', async (_what, value) => {
    expect(await detected([detectorOf(source(async (say) => say({ 'host.id': value })))])).toEqual({});
  });

  it.each(['7', Number.NaN, Number.POSITIVE_INFINITY])('leaves out what is no number: %j', async (value) => {
    expect(await detected([detectorOf(source(async (say) => say({ 'process.pid': value })))])).toEqual({});
  });

  it('takes texts of any script, numbers and lists of texts', async () => {
    const found = { 'host.id': 'Zürich 東京', 'host.name': ['a', 'b'], 'process.pid': 0 };
    expect(await detected([detectorOf(source(async (say) => say(found)))])).toEqual(found);
  });

  it('takes no attribute that it did not announce', async () => {
    const detector = detectorOf(
      source(async (say) => say(Object.assign({ 'host.id': 'i-1' }, { 'service.name': 'x' }))),
    );
    expect(await detected([detector])).toEqual({ 'host.id': 'i-1' });
  });

  it("is one for OpenTelemetry's SDK", async () => {
    const resource = detectResources({
      detectors: [
        detectorOf(source(async (say) => say({ 'host.id': 'general', 'host.name': 'a' }))),
        detectorOf(source(async (say) => say({ 'host.id': 'particular' }))),
      ],
    });
    await resource.waitForAsyncAttributes?.();
    expect(resource.attributes).toEqual({ 'host.id': 'particular', 'host.name': 'a' });
  });

  it('is not traced, and keeps the rest of the context', async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    try {
      const key = createContextKey('of the test');
      const seen: unknown[] = [];
      const detector = detectorOf(
        source(async () => {
          await Promise.resolve();
          seen.push(isTracingSuppressed(context.active()), context.active().getValue(key));
        }),
      );
      await context.with(context.active().setValue(key, 'kept'), () => detected([detector]));
      expect(seen).toEqual([true, 'kept']);
      expect(isTracingSuppressed(context.active())).toBe(false);
    } finally {
      context.disable();
    }
  });
});
