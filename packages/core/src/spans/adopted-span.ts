import { type Attributes, type AttributeValue, type Context, createContextKey, type Span } from '@opentelemetry/api';
import type { ATTR_HTTP_ROUTE } from '@opentelemetry/semantic-conventions';
import type { Diagnostics } from '../diagnostics.ts';
import { ForeignSpan } from './foreign-span.ts';
import type { ServerSpan } from './operation-span.ts';

/** Where OpenTelemetry's instrumentation of node:http keeps what frameworks add to: `RPCMetadata` of @opentelemetry/core. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

const ROUTE: typeof ATTR_HTTP_ROUTE = 'http.route';

/** Of a span that an operation has: a request within a request (an injected one) is one of its own. */
const ADOPTED = Symbol('Telltale adopted');

interface RpcMetadata {
  readonly type: string;
  readonly span: Span;
  /** The route's template, for the instrumentation. */
  route?: string;
  [ADOPTED]?: boolean;
}

/**
 * The span that OpenTelemetry's instrumentation of node:http has made for the request being served here, to be enriched by its operation, so
 * that a request is one span. `undefined` where there is none, or it is over, or another operation's.
 */
export function adoptServerSpan(active: Context, diagnostics: Diagnostics): ServerSpan | undefined {
  const metadata = active.getValue(RPC_METADATA) as RpcMetadata | undefined;
  if (metadata === undefined) return undefined;
  const { type, span } = metadata;
  if (type !== 'http' || typeof span?.isRecording !== 'function' || metadata[ADOPTED] === true) return undefined;
  metadata[ADOPTED] = true;
  return new AdoptedSpan(metadata, diagnostics);
}

/** A span that someone else starts, names and ends. */
class AdoptedSpan extends ForeignSpan implements ServerSpan {
  private readonly metadata: RpcMetadata;

  constructor(metadata: RpcMetadata, diagnostics: Diagnostics) {
    super(metadata.span, diagnostics);
    this.metadata = metadata;
  }

  /** What is active stays so: it may be a span within this one. */
  override within(parent: Context): Context {
    return parent;
  }

  /** Its owner names the span, and its own metrics, by the route that it finds at the end. */
  override setAttribute(key: string, value: AttributeValue): this {
    if (key === ROUTE && typeof value === 'string') this.metadata.route = value;
    return super.setAttribute(key, value);
  }

  override end(): void {}

  /** Sets what the span does not have yet: what its owner says of the request counts. */
  addMissing(attributes: Attributes): void {
    if (!this.isRecording()) return;
    const { attributes: known = {} } = this.inContext as Span & { readonly attributes?: Attributes };
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && !Object.hasOwn(known, key)) this.setAttribute(key, value);
    }
  }
}
