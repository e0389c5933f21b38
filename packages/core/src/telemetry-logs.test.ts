import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { suppressTracing } from '@opentelemetry/core';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import winston from 'winston';
import type { LogFields, Telemetry } from './index.ts';
import { testTelemetry, tracedTelemetry } from './telemetry.test-support.ts';

const IDS = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' };
const FIELDS: LogFields = { trace_id: IDS.traceId, span_id: IDS.spanId };
const REMOTE = trace.setSpanContext(ROOT_CONTEXT, { ...IDS, traceFlags: 0, isRemote: true });

type Line = Readonly<Record<string, unknown>>;

/** A stream that keeps the lines of JSON it is given. */
function memory() {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { stream, lines };
}

describe('logFields', () => {
  it('are the ids of the active span, through asynchronous code', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const { logFields } = telemetry; // handed on, without its telemetry
    const seen = await telemetry.span('outer', async () => {
      const outer = logFields();
      await sleep(1);
      return [outer, telemetry.span('inner', () => logFields()), logFields()];
    });
    const [inner, outer] = await finished();
    const fields = [outer, inner, outer].map((span) => ({ trace_id: span?.traceId, span_id: span?.spanId }));
    expect(seen).toEqual(fields);
    expect(inner?.traceId).toBe(outer?.traceId);
  });

  it('are those of an operation in its work', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const seen = telemetry.request({ method: 'GET' }, () => telemetry.job('j', () => telemetry.logFields()));
    const [job] = await finished();
    expect(seen).toEqual({ trace_id: job?.traceId, span_id: job?.spanId });
  });

  it('are none outside of spans', () => {
    const { telemetry } = tracedTelemetry();
    telemetry.span('over', () => {});
    expect(telemetry.logFields()).toEqual({});
    const suppressed = suppressTracing(ROOT_CONTEXT);
    expect(telemetry.withContext(suppressed, () => telemetry.span('s', () => telemetry.logFields()))).toEqual({});
  });

  it('are there in spans that are not sampled, the same in logs and in what is sent on', () => {
    const { telemetry } = tracedTelemetry({ sampling: { ratio: 0 } });
    const headers: Record<string, string> = {};
    const seen = telemetry.span('s', () => {
      telemetry.inject(headers);
      return telemetry.logFields();
    });
    expect(headers.traceparent).toBe(`00-${seen.trace_id}-${seen.span_id}-00`);
    expect(telemetry.withContext(REMOTE, () => telemetry.span('s', () => telemetry.logFields()))).toMatchObject({
      trace_id: IDS.traceId,
    });
  });

  it('are none while spans are off, and those of the caller where its context was taken over', () => {
    const { telemetry } = testTelemetry();
    expect(telemetry.span('s', () => telemetry.logFields())).toEqual({});
    expect(telemetry.withContext(REMOTE, telemetry.logFields)).toEqual(FIELDS);
  });

  it('are a new object each time, as a logger may change it', () => {
    const { telemetry } = tracedTelemetry();
    expect(telemetry.logFields()).not.toBe(telemetry.logFields());
    telemetry.span('s', () => {
      Object.assign(telemetry.logFields(), { trace_id: 'changed' });
      expect(telemetry.logFields().trace_id).not.toBe('changed');
    });
  });
});

describe("logFields, where OpenTelemetry's context is the service's own", () => {
  afterEach(() => context.disable());

  it("are those of the service's active span, whoever made it, with spans on or off", () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    for (const { telemetry } of [tracedTelemetry(), testTelemetry()]) {
      expect(context.with(REMOTE, telemetry.logFields)).toEqual(FIELDS);
      expect(telemetry.logFields()).toEqual({});
    }
    const broken = trace.setSpanContext(ROOT_CONTEXT, { traceId: '1', spanId: '2', traceFlags: 1 });
    expect(context.with(broken, tracedTelemetry().telemetry.logFields)).toEqual({});
  });
});

describe('pino, with logFields as its mixin', () => {
  function logging(telemetry: Telemetry) {
    const { stream, lines } = memory();
    return { logger: pino({ mixin: telemetry.logFields, base: null, timestamp: false }, stream), lines };
  }

  it('has the ids on every line of a span, of child loggers too, and on no other', () => {
    const { telemetry } = tracedTelemetry();
    const { logger, lines } = logging(telemetry);
    const child = logger.child({ module: 'cart' });
    logger.info('before');
    const fields = telemetry.span('s', () => {
      logger.info({ order: 7 }, 'placed');
      child.warn('low');
      logger.error(new Error('broken'));
      return telemetry.logFields();
    });
    child.info('after');
    expect(lines).toEqual([
      { level: 30, msg: 'before' },
      { level: 30, ...fields, order: 7, msg: 'placed' },
      { level: 40, module: 'cart', ...fields, msg: 'low' },
      { level: 50, ...fields, err: expect.objectContaining({ message: 'broken' }), msg: 'broken' },
      { level: 30, module: 'cart', msg: 'after' },
    ]);
  });

  it("leaves a line's own fields to the line, and its object as it is", () => {
    const { telemetry } = tracedTelemetry();
    const { logger, lines } = logging(telemetry);
    const own = Object.freeze({ trace_id: 'mine' });
    telemetry.span('s', () => logger.info(own, 'placed'));
    expect(lines).toMatchObject([{ trace_id: 'mine', span_id: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
    expect(own).toEqual({ trace_id: 'mine' });
  });

  it("has each request's own ids where requests overlap", async () => {
    const { telemetry } = tracedTelemetry();
    const { logger, lines } = logging(telemetry);
    const requests = Array.from({ length: 20 }, (_, request) =>
      telemetry.request({ method: 'GET' }, async () => {
        await sleep(request % 3);
        logger.info({ request, expected: telemetry.logFields().trace_id });
      }),
    );
    await Promise.all(requests);
    expect(lines).toHaveLength(20);
    expect(new Set(lines.map((line) => line.trace_id)).size).toBe(20);
    for (const line of lines) expect(line.trace_id).toBe(line.expected);
  });
});

/** Where winston keeps a line as it is to be written. */
const MESSAGE = Symbol.for('message');

describe('winston', () => {
  /** Takes a line only a while after the one before, so that winston has to hold lines back. */
  class SlowTransport extends winston.transports.Stream {
    readonly lines: Line[] = [];
    private awaited: { readonly count: number; readonly resolve: () => void } | undefined;

    constructor() {
      super({ stream: new Writable() });
    }

    override log(info: { readonly [MESSAGE]?: string }, next: () => void): void {
      this.lines.push(JSON.parse(info[MESSAGE] ?? ''));
      if (this.lines.length === this.awaited?.count) this.awaited.resolve();
      setImmediate(next);
    }

    /** Resolves with the line that makes it so many. */
    took(count: number): Promise<void> {
      return new Promise((resolve) => {
        this.awaited = { count, resolve };
      });
    }
  }

  it('has the ids by a format, as long as its transports keep up', () => {
    const { telemetry } = tracedTelemetry();
    const { stream, lines } = memory();
    const fields = winston.format((info) => Object.assign(info, telemetry.logFields()));
    const logger = winston.createLogger({
      format: winston.format.combine(fields(), winston.format.json()),
      transports: [new winston.transports.Stream({ stream })],
    });
    logger.info('before');
    const expected = telemetry.span('s', () => {
      logger.info('placed', { order: 7 });
      return telemetry.logFields();
    });
    expect(lines).toEqual([
      { level: 'info', message: 'before' },
      { level: 'info', message: 'placed', order: 7, ...expected },
    ]);
  });

  it('has the ids by getters of its default fields, however slow its transports are', async () => {
    const { telemetry } = tracedTelemetry();
    const slow = new SlowTransport();
    const logger = winston.createLogger({
      defaultMeta: {
        service: 'shop',
        get trace_id() {
          return telemetry.logFields().trace_id;
        },
        get span_id() {
          return telemetry.logFields().span_id;
        },
      },
      format: winston.format.json(),
      transports: [slow],
    });
    logger.info('before');
    telemetry.span('s', () => {
      logger.child({ module: 'cart' }).warn('low');
      logger.info('placed', { trace_id: 'mine' });
    });
    const took = slow.took(103);
    for (let request = 0; request < 100; request++) {
      telemetry.request({ method: 'GET' }, () => {
        logger.info('served', { expected: telemetry.logFields().trace_id });
      });
    }
    await took;
    const [before, child, own, ...served] = slow.lines;
    expect(before).toEqual({ level: 'info', message: 'before', service: 'shop' });
    expect(child).toMatchObject({ module: 'cart', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(own).toMatchObject({ trace_id: 'mine', span_id: child?.span_id });
    expect(served).toHaveLength(100);
    for (const line of served) expect(line.trace_id).toBe(line.expected);
  });
});
