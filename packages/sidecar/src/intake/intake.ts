import { type GatheringHost, type InstrumentationScope, messageOf, Pace, type Signal } from '@telltale/core';
import { AttributeReader, frozenAttributes } from '../otlp/attributes.ts';
import { Malformed, optionalMessage, textIn } from '../otlp/raw-values.ts';
import { readEvent } from '../otlp/read-event.ts';
import { SpanReader } from '../otlp/read-span.ts';
import type { Encoding, OtlpCodec } from '../otlp/requests.ts';
import { type MetricStore, NoRoom } from '../store/metric-store.ts';
import type { ReceivedService } from '../store/received-service.ts';
import { MetricIntake } from './metric-intake.ts';
import type { Tally } from './tally.ts';

/** Items between two looks at the time. */
const ITEMS_PER_LOOK = 20;

const NO_LOGS =
  'this sidecar keeps no logs, only the events of operations that @telltale/exporter-otlp sends; send logs elsewhere, or none: OTEL_LOGS_EXPORTER=none';

/** Takes decoded requests: metrics into the store, spans and events to the exporters. */
export class Intake {
  private readonly host: GatheringHost;
  private readonly codec: OtlpCodec;
  private readonly store: MetricStore;
  private readonly attributes = new AttributeReader();
  private readonly spans = new SpanReader();
  private readonly metrics: MetricIntake;

  constructor(host: GatheringHost, codec: OtlpCodec, store: MetricStore) {
    this.host = host;
    this.codec = codec;
    this.store = store;
    this.metrics = new MetricIntake(codec, store, this.attributes);
  }

  /** Values that were too long and are cut. */
  get cut(): number {
    return this.attributes.cut + this.spans.cut;
  }

  /** Throws `Malformed` for what is no request at all; what of it cannot be taken is in the tally. In slices: others get their turn. */
  async take(signal: Signal, encoding: Encoding, body: Buffer, tally: Tally): Promise<void> {
    const pace = new Pace();
    let seen = 0;
    for (const { resource, scopes } of this.codec.request(signal, encoding, body)) {
      const service = this.serviceOf(resource);
      for (const raw of scopes) {
        const scope = typeof service === 'string' ? service : this.scopeOf(service, raw.scope, raw.schemaUrl);
        for (const item of raw.items) {
          if (++seen % ITEMS_PER_LOOK === 0 && pace.over()) await pace.rest();
          if (typeof service === 'string' || typeof scope === 'string') {
            tally.reject(this.sizeOf(signal, item), String(scope));
            continue;
          }
          if (signal === 'metrics') await this.metrics.take(item, service, scope, this.host.clock.now(), tally, pace);
          else this.takeRecord(signal, item, service, scope, tally);
        }
      }
    }
  }

  private takeRecord(
    signal: 'spans' | 'events',
    item: unknown,
    { resource }: ReceivedService,
    scope: InstrumentationScope,
    tally: Tally,
  ): void {
    try {
      if (signal === 'spans') {
        this.host.offerSpan(this.spans.read(this.codec.part('Span', item), resource, scope));
      } else {
        const event = readEvent(this.codec.part('LogRecord', item), resource, this.attributes);
        if (event === undefined) {
          tally.reject(1, NO_LOGS);
          return;
        }
        this.host.offerEvent(event);
      }
      tally.accepted++;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      tally.malformed(error);
    }
  }

  /** The reason when there is none. */
  private serviceOf(raw: unknown): ReceivedService | string {
    try {
      const message = optionalMessage(raw, 'resource');
      return this.store.service(this.attributes.read(message?.attributes));
    } catch (error) {
      if (error instanceof NoRoom) this.host.problem('instances', () => `Telemetry is left out: ${error.message}.`);
      else if (!(error instanceof Malformed)) throw error;
      return messageOf(error);
    }
  }

  private scopeOf(service: ReceivedService, raw: unknown, schema: unknown): InstrumentationScope | string {
    try {
      const message = optionalMessage(raw, 'scope');
      const [version, schemaUrl] = [textIn(message?.version, 'version'), textIn(schema, 'schemaUrl')];
      const { entries } = this.attributes.read(message?.attributes);
      return this.store.scope(service, {
        name: textIn(message?.name, 'name'),
        ...(version !== '' && { version }),
        ...(schemaUrl !== '' && { schemaUrl }),
        ...(entries.length > 0 && { attributes: frozenAttributes(entries) }),
      });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return error.message;
    }
  }

  /** Points, spans or records. */
  private sizeOf(signal: Signal, item: unknown): number {
    return signal === 'metrics' ? this.metrics.sizeOf(item) : 1;
  }
}
