import type { Exporter } from '@telltale/core';
import { type StatsdOptions, statsdFor } from '@telltale/exporter-statsd';

/** All of `statsd()` but for what DogStatsD decides. */
export type DogstatsdOptions = Omit<StatsdOptions, 'dialect' | 'timerSamples'>;

/**
 * Sends metrics and events to the Datadog Agent on this machine, or where `DD_AGENT_HOST` and `DD_DOGSTATSD_PORT` say. Throws `ERR_OPTION` for options
 * that cannot be.
 */
export function dogstatsd(options: DogstatsdOptions = {}): Exporter {
  const { DD_AGENT_HOST: host = '', DD_DOGSTATSD_PORT: port = '' } = process.env;
  return statsdFor(
    { maker: 'dogstatsd', backend: 'datadog', decided: ['dialect', 'timerSamples'] },
    options,
    { ...(host !== '' && { host }), ...(port !== '' && { port: Number(port) }) },
    { dialect: 'datadog' },
  );
}
