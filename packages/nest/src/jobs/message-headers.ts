type Headers = Readonly<Record<string, unknown>>;

/** What Nest's contexts of messages offer, one transport this, another that. */
interface MessageContext {
  /** TCP and Redis, from Nest 12 on. */
  getMetadata?(): unknown;
  /** NATS. */
  getHeaders?(): unknown;
  /** Kafka, RabbitMQ. */
  getMessage?(): { readonly headers?: unknown; readonly properties?: { readonly headers?: unknown } } | undefined;
  /** MQTT 5. */
  getPacket?(): { readonly properties?: { readonly userProperties?: unknown } } | undefined;
}

/** The metadata of a gRPC call. */
interface Metadata {
  getMap(): Headers;
}

/**
 * The headers that came with a message, as far as its transport has any. `args` is what Nest hands to a handler: payload and context, for gRPC
 * payload, metadata and call, for a gRPC stream as it is the call.
 */
export function headersOf(args: readonly unknown[]): Headers | undefined {
  try {
    const metadata = [args[1], (args[0] as { metadata?: unknown } | undefined | null)?.metadata].find(isMetadata);
    if (metadata !== undefined) return metadata.getMap();
    const found = headersIn(args.at(-1));
    return typeof found === 'object' && found !== null ? plain(found) : undefined;
  } catch {
    return undefined; // a context of someone else's making
  }
}

function headersIn(context: unknown): unknown {
  if (typeof context !== 'object' || context === null) return undefined;
  const { getMetadata, getHeaders, getMessage, getPacket } = context as MessageContext;
  if (typeof getMetadata === 'function') return getMetadata.call(context);
  if (typeof getHeaders === 'function') return getHeaders.call(context);
  if (typeof getPacket === 'function') return getPacket.call(context)?.properties?.userProperties;
  if (typeof getMessage !== 'function') return undefined;
  const message = getMessage.call(context);
  return message?.headers ?? message?.properties?.headers;
}

/** Names in lower case and values as text: those of Kafka are bytes, those of NATS lists. */
function plain(headers: object): Headers {
  const entries =
    Symbol.iterator in headers ? (headers as Iterable<readonly [string, unknown]>) : Object.entries(headers);
  const result: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    result[name.toLowerCase()] = first instanceof Uint8Array ? Buffer.from(first).toString('latin1') : first;
  }
  return result;
}

function isMetadata(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Metadata>).getMap === 'function';
}
