import type { ExportError, ExportResult, Metric, Signal } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import {
  type BackendControl,
  contextOf,
  type ExporterSuiteOptions,
  type ExporterUnderTest,
  sampleCount,
  sendSamples,
  withExporter,
} from './exporter-under-test.ts';
import { sampleSnapshot } from './sample-snapshot.ts';

/** Milliseconds in which a call must end once its signal has fired. */
const OBEY_WITHIN_MS = 2000;

/** Names of an item of the samples, and of some that do not have it in them. */
function poisonOf(
  signal: Signal,
  { metricName = ({ name }) => name }: ExporterSuiteOptions,
): { readonly poison: string; readonly others: readonly string[] } {
  if (signal === 'spans') return { poison: 'SELECT orders', others: ['GET /orders/:id', 'send emails'] };
  if (signal === 'events') return { poison: 'nightly-etl', others: ['GET /orders/:id', 'resize'] };
  const spelt = (wanted: string): string =>
    metricName(sampleSnapshot().metrics.find(({ name }) => name === wanted) as Metric);
  return { poison: spelt('sample.temperature'), others: ['sample.orders', 'sample.active'].map(spelt) };
}

/** What an exporter must make of a backend that throttles, breaks, refuses and hangs. */
export function networkTests(options: ExporterSuiteOptions): void {
  if (options.kind === 'pull' || !options.network) {
    it(
      'has no network to fail',
      withExporter(options, async ({ backend }) => {
        expect(backend).toBeUndefined();
      }),
    );
    return;
  }
  describe.each(options.signals)('when sending %s over the network', (signal) => failureTests(options, signal));
}

function failureTests(options: ExporterSuiteOptions, signal: Signal): void {
  const test = (title: string, run: (subject: ExporterUnderTest, backend: BackendControl) => Promise<void>): void =>
    it(
      title,
      withExporter(options, async (subject) => {
        if (subject.backend === undefined) throw new Error('`network` is true, so `create` must give a `backend`.');
        await run(subject, subject.backend);
      }),
    );

  test('passes on how long a backend that throttles asks to wait', async (subject, backend) => {
    backend.answer(429, { 'retry-after': '7' });
    const outcome = await outcomeOf(subject, signal);
    expect(outcome.retryAfter).toBe(7);
    expect(isTriedAgain(outcome)).toBe(true);
  });

  // Wrong credentials and addresses are mended from outside (a key is rotated, a role granted): what was recorded meanwhile must not be lost.
  for (const status of [401, 403, 404, 408, 500, 502, 503, 504]) {
    test(`has the batch tried again after status ${status}`, async (subject, backend) => {
      backend.answer(status);
      expect(isTriedAgain(await outcomeOf(subject, signal))).toBe(true);
      await sendSamples(subject, signal, contextOf());
      expect((await subject.received())[signal]).not.toEqual([]);
    });
  }

  for (const status of [400, 413, 422]) {
    test(`gives the batch up after status ${status}, which trying again cannot mend`, async (subject, backend) => {
      backend.answer(status, {}, Number.POSITIVE_INFINITY);
      const outcome = await outcomeOf(subject, signal);
      expect(isTriedAgain(outcome)).toBe(false);
      expect(outcome.rejected).toBeGreaterThan(0);
    });
  }

  if (options.isolates === false) {
    test('has no way to tell which item a backend refuses a request for', async (_, backend) => {
      expect(backend.poison).toBeUndefined();
    });
  } else {
    test('gets all else there when a backend refuses a whole request because of one item', async (subject, backend) => {
      expect(backend.poison).toBeTypeOf('function');
      const { poison, others } = poisonOf(signal, options);
      backend.poison?.(poison);
      const context = contextOf();
      const outcome = await outcomeOf(subject, signal, context);
      expect(isTriedAgain(outcome)).toBe(false);
      expect(outcome.rejected).toBeGreaterThan(0);
      const names = (await subject.received())[signal].map(({ name }) => name);
      expect(names.filter((name) => name.includes(poison))).toEqual([]);
      for (const other of others) expect(names).toContainEqual(expect.stringContaining(other));
    });
  }

  test('fails when the connection is closed without an answer, and says that the outcome is not known', async (subject, backend) => {
    backend.disconnect();
    const context = contextOf();
    const error = await sendSamples(subject, signal, context).then(
      () => undefined,
      (reason: unknown) => reason as ExportError,
    );
    expect(error).toBeInstanceOf(Error);
    expect(context.unsure.size > 0 || error?.outcomeUnknown === true).toBe(true);
  });

  // A spool goes by `whenUnknown` after a crash, when nobody is left to say it.
  test('says of an outcome that is not known what its `whenUnknown` says', async (subject, backend) => {
    backend.disconnect();
    const context = contextOf();
    await sendSamples(subject, signal, context).catch(({ outcomeUnknown, retryable }: ExportError) => {
      if (outcomeUnknown && context.unsure.size === 0) context.thens.add(retryable ? 'again' : 'give-up');
    });
    const { whenUnknown = 'again' } = subject.exporter;
    const rule = typeof whenUnknown === 'object' ? (whenUnknown[signal] ?? 'again') : whenUnknown;
    expect(options.bothRules?.includes(signal) ? 'give-up' : rule).toBe(rule);
    if (!options.bothRules?.includes(signal)) expect([...context.thens]).toEqual([rule]);
  });

  test('fails when nobody listens, which leaves no doubt that nothing arrived', async (subject, backend) => {
    if (backend.down === undefined) throw new Error('`backend` needs `down`, which ends its listening.');
    await backend.down();
    const context = contextOf();
    const error = await sendSamples(subject, signal, context).then(
      () => undefined,
      (reason: unknown) => reason as ExportError,
    );
    expect(error).toBeInstanceOf(Error);
    expect(error?.retryable ?? true).toBe(true);
    expect(context.unsure.size).toBe(0);
    expect(error?.outcomeUnknown ?? false).toBe(false);
  });

  test('does not try again by itself: that is for the push loop to do', async (subject, backend) => {
    await sendSamples(subject, signal, contextOf());
    const usual = backend.requests();
    backend.answer(503);
    await outcomeOf(subject, signal);
    expect(backend.requests() - usual).toBeLessThanOrEqual(usual);
  });

  for (const [how, misbehave] of [
    ['that is never answered', (backend: BackendControl) => backend.stall()],
    ['whose answer drips', (backend: BackendControl) => (backend.drip ?? backend.stall).call(backend)],
  ] as const) {
    test(`stops a request ${how} when its signal fires`, async (subject, backend) => {
      misbehave(backend);
      const controller = new AbortController();
      const sending = sendSamples(subject, signal, contextOf(controller.signal));
      sending.catch(() => {});
      await until(() => backend.requests() > 0);
      const aborted = performance.now();
      controller.abort();
      await expect(sending).rejects.toThrow();
      expect(performance.now() - aborted).toBeLessThan(OBEY_WITHIN_MS);
    });
  }

  if (!options.partial) {
    test('has a backend that takes all or nothing', async (_, backend) => {
      expect(backend.refuseOne).toBeUndefined();
    });
    return;
  }
  test('says what a backend that takes a part has refused', async (subject, backend) => {
    expect(backend.refuseOne).toBeTypeOf('function');
    backend.refuseOne?.();
    const context = contextOf();
    const outcome = await outcomeOf(subject, signal, context);
    expect(Math.max(outcome.accepted, context.named.size)).toBe(sampleCount(subject, signal) - 1);
    expect(outcome.rejected).toBe(1);
  });
}

interface Outcome extends ExportResult {
  /** The call rejected: nothing was taken but what was named. */
  readonly failed: boolean;
  readonly retryable: boolean;
}

/** A result, or the `ExportError` as if it were one: an exporter may say it either way. */
async function outcomeOf(subject: ExporterUnderTest, signal: Signal, context = contextOf()): Promise<Outcome> {
  const count = sampleCount(subject, signal);
  try {
    const result = await sendSamples(subject, signal, context);
    return {
      ...(result ?? { accepted: count, rejected: 0 }),
      failed: false,
      retryable: result?.retryAfter !== undefined,
    };
  } catch (error) {
    const { retryAfter, retryable = true } = error as Partial<ExportError>;
    const rest = retryAfter === undefined ? {} : { retryAfter };
    return { accepted: context.named.size, rejected: count - context.named.size, failed: true, retryable, ...rest };
  }
}

function isTriedAgain({ rejected, retryable }: Outcome): boolean {
  return rejected > 0 && retryable;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
