import { EXPORT_METHODS, type Signal } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import {
  contextOf,
  type ExporterSuiteOptions,
  type ExporterUnderTest,
  hand,
  sendSamples,
  withExporter,
} from './exporter-under-test.ts';
import { sampleEvents } from './sample-events.ts';
import { emptySnapshot, sampleSnapshot } from './sample-snapshot.ts';
import { sampleSpans } from './sample-spans.ts';

/** What holds for every signal: what is taken arrives, what is stopped stops, what is ended stays ended. */
export function signalTests(options: ExporterSuiteOptions): void {
  const test = (title: string, run: (subject: ExporterUnderTest) => Promise<void>): void =>
    it(title, withExporter(options, run));

  test('has a name', async ({ exporter }) => {
    expect(exporter.name).toMatch(/\S/);
  });

  for (const signal of Object.keys(EXPORT_METHODS) as readonly Signal[]) {
    const takes = options.kind === 'push' && options.signals.includes(signal);
    test(`${takes ? 'is sent' : 'is not sent'} ${signal}`, async ({ exporter }) => {
      expect(typeof exporter[EXPORT_METHODS[signal]]).toBe(takes ? 'function' : 'undefined');
    });
  }

  if (options.kind === 'pull') {
    test('reads what it serves from the source that its start is given', async ({ exporter }) => {
      expect(exporter.start).toBeTypeOf('function');
      expect(options.signals).toEqual(['metrics']);
    });
  } else {
    describe.each(options.signals)('sending %s', (signal) => sendingTests(options, signal));
  }

  test('can be shut down twice', async (subject) => {
    await hand(subject, options.kind, sampleSnapshot);
    await subject.exporter.shutdown?.();
    await subject.exporter.shutdown?.();
  });

  test('can be shut down without having been used', async ({ exporter }) => {
    await exporter.shutdown?.();
  });
}

function sendingTests(options: ExporterSuiteOptions, signal: Signal): void {
  const test = (title: string, run: (subject: ExporterUnderTest) => Promise<void>): void =>
    it(title, withExporter(options, run));

  test('gets everything there, and says so', async (subject) => {
    const result = await sendSamples(subject, signal, contextOf());
    expect(result?.rejected ?? 0).toBe(0);
    const received = await subject.received();
    if (signal === 'spans') expect(namesOf(received.spans)).toEqual(namesOf(sampleSpans()));
    else if (signal === 'events') expect(namesOf(received.events)).toEqual(namesOf(sampleEvents()));
    else expect(received.metrics).not.toEqual([]);
  });

  test('takes nothing for an answer', async (subject) => {
    const { exporter } = subject;
    if (signal === 'metrics') await exporter.exportMetrics?.(emptySnapshot(), contextOf());
    else await exporter[EXPORT_METHODS[signal]]?.([], contextOf());
    expect((await subject.received())[signal]).toEqual([]);
  });

  test('rejects, sending nothing, when its time was over before it began', async (subject) => {
    const context = contextOf(AbortSignal.abort());
    await expect(sendSamples(subject, signal, context)).rejects.toThrow();
    expect((await subject.received())[signal]).toEqual([]);
    expect(context.named.size).toBe(0);
  });
}

/** Sorted, without what no protocol of text can carry. */
function namesOf(items: readonly { readonly name: string }[]): readonly string[] {
  return items.map(({ name }) => name.toWellFormed()).sort();
}
