import { type BullmqMeter, type BullmqSpan, bullmqTelemetry, type Context } from '@telltale/bullmq';
import { createTelemetry, type FinishedSpan } from '@telltale/core';

/** The mocks of BullMQ's test, as far as they are used here. */
interface MockSpan extends BullmqSpan {
  readonly name: string;
}
type MockSpanClass = new (name: string, options?: { readonly kind: number }) => MockSpan;
interface MockMeter extends BullmqMeter {
  readonly counters: unknown;
}

/** A context of ours as BullMQ's test wants to see it: with the span that it was given last. */
interface TestContext extends Context {
  getSpan?(): MockSpan;
}

/**
 * BullMQ's test looks at mocks of its own. Each of these stands before the real thing: whatever BullMQ calls, and in whatever order, goes through
 * `bullmqTelemetry` and a telemetry that records; contexts and metadata are ours.
 */
export function bridge(MockSpan: MockSpanClass, enableMetrics: boolean) {
  const spans: FinishedSpan[] = [];
  const telemetry = createTelemetry({
    service: { name: 'conformance' },
    exporters: [{ name: 'memory', exportSpans: async (given) => void spans.push(...given) }],
    shutdown: { signals: false },
    onError: (error) => {
      throw error;
    },
  });
  const ours = bullmqTelemetry(telemetry, { metrics: enableMetrics });
  let last: MockSpan | undefined;
  let shown: { readonly of: Context; readonly span: MockSpan | undefined; readonly context: TestContext } | undefined;

  class BridgedSpan extends MockSpan {
    readonly own: BullmqSpan;

    constructor(name: string, options: { readonly kind: number } | undefined, context: Context | undefined) {
      super(name, options);
      this.own = ours.tracer.startSpan(name, options, context);
    }

    override setSpanOnContext(context: Context): Context {
      super.setSpanOnContext({} as Context);
      last = this;
      return this.own.setSpanOnContext(context);
    }

    override setAttribute(key: string, value: unknown): void {
      super.setAttribute(key, value);
      this.own.setAttribute(key, value);
    }

    override setAttributes(attributes: Readonly<Record<string, unknown>>): void {
      super.setAttributes(attributes);
      this.own.setAttributes(attributes);
    }

    override addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void {
      super.addEvent(name, attributes);
      this.own.addEvent(name, attributes);
    }

    override recordException(exception: unknown, time?: unknown): void {
      super.recordException(exception, time);
      this.own.recordException(exception, time);
    }

    override end(): void {
      super.end();
      this.own.end();
    }
  }

  return {
    tracer: {
      startSpan: (name: string, options?: { readonly kind: number }, context?: Context) =>
        new BridgedSpan(name, options, context),
    },
    contextManager: {
      with: <T>(context: Context, work: () => T): T => ours.contextManager.with(context, work),
      // The mock's context stays active for ever; ours does not, and that is what is right. The test only asks it for its span.
      active(): TestContext {
        const of = ours.contextManager.active();
        if (shown?.of !== of || shown.span !== last) {
          const span = last;
          shown = { of, span, context: Object.assign(Object.create(of), span && { getSpan: () => span }) };
        }
        return shown.context;
      },
      root: () => ours.contextManager.root(),
      getMetadata: (context: Context) => ours.contextManager.getMetadata(context),
      fromMetadata: (active: Context, metadata: string) => ours.contextManager.fromMetadata(active, metadata),
    },
    /** The test reads values back from its mock. */
    meter<M extends MockMeter>(mock: M): M {
      const { meter } = ours;
      if (meter === undefined) throw new Error('bullmqTelemetry gave no meter');
      const { createCounter, createHistogram, createGauge } = mock;
      return Object.assign(mock, {
        createCounter(...args: Parameters<BullmqMeter['createCounter']>) {
          return both(createCounter.apply(mock, args), 'add', meter.createCounter(...args));
        },
        createHistogram(...args: Parameters<BullmqMeter['createHistogram']>) {
          return both(createHistogram.apply(mock, args), 'record', meter.createHistogram(...args));
        },
        createGauge(...args: Parameters<BullmqMeter['createGauge']>) {
          return both(createGauge.apply(mock, args), 'record', meter.createGauge(...args));
        },
      });
    },
  };
}

const BRIDGED = Symbol('bridged');

/** The mock's instrument, which hands each value on. */
function both<I extends object, M extends keyof I>(mock: I, method: M, own: I): I {
  if (BRIDGED in mock) return mock;
  const record = mock[method] as (...args: unknown[]) => void;
  return Object.assign(mock, {
    [BRIDGED]: true,
    [method](...args: unknown[]) {
      record.apply(mock, args);
      (own[method] as (...args: unknown[]) => void).apply(own, args);
    },
  });
}
