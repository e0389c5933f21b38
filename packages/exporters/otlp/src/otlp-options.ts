import type { AttributeValue, Metric, Signal, Temporality } from '@telltale/core';
import type { ExporterOptions } from '@telltale/exporter-kit';

/** How requests are written. gRPC needs `@grpc/grpc-js` installed. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** An HTTP request as it goes over the wire: compressed already, so that its body can be hashed and signed. */
export interface OtlpRequest {
  readonly url: string;
  readonly method: 'POST';
  /** With `content-type`, `content-encoding` and those of `headers`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a request may have at most. More is sent in several. */
export interface OtlpLimits {
  /** Bytes before compression; default 4,000,000, as servers of gRPC take 4 MiB unless told otherwise. */
  readonly bytes?: number;
  /** Bytes after compression; no limit unless given. */
  readonly compressedBytes?: number;
  /** Data points, spans or log records; default 10,000. */
  readonly items?: number;
}

/** Attributes as they are handed over or as a hook gives them back. */
export type OtlpAttributes = Readonly<Record<string, unknown>>;

/** What a backend that takes OTLP wants different from what it is handed. All are pure functions. */
export interface OtlpShape {
  /** Attributes of a resource; must give each service its own. */
  readonly resource?: (attributes: Readonly<Record<string, AttributeValue>>) => OtlpAttributes;
  /** Attributes of points, those left out of them in exemplars, of spans, their events and links, and of log records; must keep series apart. */
  readonly attributes?: (attributes: OtlpAttributes) => OtlpAttributes;
  /** Names of metrics; must keep metrics apart. */
  readonly metricName?: (metric: Metric) => string;
  /**
   * `gauges`: a summary is sent as the gauge of its name, a series per `quantile`, and the counters `….count` and `….sum`: for backends that
   * have no summaries. Default `summaries`.
   */
  readonly summaries?: 'summaries' | 'gauges';
}

export interface OtlpOptions extends ExporterOptions, OtlpShape {
  /**
   * Where to: a base, to which `/v1/metrics`, `/v1/traces` and `/v1/logs` are added (nothing with gRPC), or a whole address for each signal, to which
   * nothing is added; signals without one are not taken. Default `http://localhost:4318`, with gRPC `http://localhost:4317`.
   */
  readonly url?: string | Readonly<Partial<Record<Signal, string>>>;
  /** Default `http/protobuf`. */
  readonly protocol?: OtlpProtocol;
  /** Sent with each request, or asked for before each: for tokens that change. With gRPC they are metadata. */
  readonly headers?: Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>);
  /** Asked for further headers with each request, when its bytes are final: for signatures. HTTP only. */
  readonly authorize?: (request: OtlpRequest) => Promise<Readonly<Record<string, string>>>;
  /** Default `gzip`; small bodies are sent as they are. */
  readonly compression?: 'gzip' | 'none';
  /** Default `cumulative`, which OTLP prefers; some vendors take `delta` only. */
  readonly temporality?: Temporality;
  /** For all signals, and more narrowly for one. */
  readonly limits?: OtlpLimits & Readonly<Partial<Record<Signal, OtlpLimits>>>;
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string;
  /** Key of the price table of `estimateCost`; default `otlp`. */
  readonly backend?: string;
  /** What to look at when credentials are refused; ends the error's sentence: `check API_KEY`. */
  readonly credentials?: string;
}
