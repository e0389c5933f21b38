import type { Signal } from '@telltale/core';
import type { ExporterOptions } from '@telltale/exporter-kit';

/** One for all signals, or one for each. */
export type PerSignal = string | Readonly<Partial<Record<Signal, string>>>;

export interface SplunkOptions extends ExporterOptions {
  /** Of the HTTP Event Collector: `https://splunk.example.com:8088`. Without a path, `/services/collector` is added. Default SPLUNK_HEC_URL. */
  readonly url?: string;
  /** Default SPLUNK_HEC_TOKEN. */
  readonly token?: string;
  /** Default: that of the token. Metrics need an index of metrics, spans and events one of events. */
  readonly index?: PerSignal;
  /** Default: the name of the service. */
  readonly source?: string;
  /** Default `telltale:metric`, `telltale:span` and `telltale:event`. */
  readonly sourcetype?: PerSignal;
  /** Default: `host.name` of the service, else the name of the machine. */
  readonly host?: string;
  /** Attributes of the service that go with everything; default its name, namespace, version, environment and instance. */
  readonly resourceAttributes?: readonly string[];
  /** Quantiles that are estimated of each histogram; default 0.5, 0.9, 0.95 and 0.99. */
  readonly quantiles?: readonly number[];
  /** Sends the buckets of histograms too, each as an event; default false. */
  readonly buckets?: boolean;
  /** PEM of authorities to trust besides Node's: Splunk's own certificate, where nobody changed it. */
  readonly ca?: string;
}
