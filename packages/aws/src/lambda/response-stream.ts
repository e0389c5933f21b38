import { numberOf, objectOf } from './shapes.ts';

/** As much of the runtime's response stream as is used. */
interface ResponseStream {
  write(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
  /** `HttpResponseStream.from` leaves here what writes status and headers before the first byte. */
  _onBeforeFirstWrite?: ((write: (chunk: unknown) => unknown) => void) | undefined;
}

/**
 * Sees when a streamed response begins, and its status. The handler gets the very stream of the runtime: its `write` and `end` are replaced
 * by ones that look first.
 */
export class ResponseStreamProbe {
  private begun = false;
  private statusCode: number | undefined = undefined;
  private onFirstByte: (() => void) | undefined = undefined;

  constructor(stream: ResponseStream) {
    for (const method of ['write', 'end'] as const) {
      const original = stream[method];
      const probe = this;
      stream[method] = function (this: unknown, ...args: unknown[]): unknown {
        probe.begin(stream);
        return original.apply(this, args);
      };
    }
  }

  /** `undefined` for what is no stream. */
  static of(stream: unknown): ResponseStreamProbe | undefined {
    const given = stream as Partial<ResponseStream> | null | undefined;
    if (typeof given?.write !== 'function' || typeof given.end !== 'function') return undefined;
    return new ResponseStreamProbe(given as ResponseStream);
  }

  observe(onFirstByte: () => void): void {
    this.onFirstByte = onFirstByte;
  }

  /** That of the metadata, where the handler has given any. */
  status(): number | undefined {
    return this.statusCode;
  }

  private begin(stream: ResponseStream): void {
    if (this.begun) return;
    this.begun = true;
    try {
      // It writes with the function it is given and does nothing else, so it may be asked once more.
      stream._onBeforeFirstWrite?.((chunk) => {
        if (this.statusCode === undefined && typeof chunk === 'string') {
          this.statusCode = numberOf(objectOf(JSON.parse(chunk))?.statusCode);
        }
      });
    } catch {
      // Another runtime, another prelude: the status is not known.
    }
    this.onFirstByte?.();
  }
}
