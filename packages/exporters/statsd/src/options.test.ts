import { TelemetryError } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { type StatsdOptions, statsd } from './index.ts';

describe('options that cannot be', () => {
  it.each<[string, unknown, string]>([
    ['an unknown one', { hots: 'a' }, 'did you mean'],
    ['no object', null, 'takes an object'],
    ['a host with a scheme', { host: 'udp://a' }, 'without a scheme'],
    ['an empty host', { host: '' }, 'give the name or address'],
    ['a port that is none', { port: 0 }, 'from 1 to 65535'],
    ['a protocol that Node does not have', { protocol: 'unix' }, "'udp' or 'tcp'; Node has no Unix datagram sockets"],
    ['an unknown dialect', { dialect: 'dogstatsd' }, 'statsd.dialect'],
    ['a dialect that is nearly one', { dialect: 'graphit' }, "did you mean 'graphite'?"],
    ['a datagram that is too large', { maxDatagram: 100_000 }, 'from 256 to 65507'],
    ['no timer samples', { timerSamples: 0 }, 'from 1, or `Infinity`'],
    ['tags that are no object', { tags: ['a:b'] }, 'an object of strings'],
    ['tags that are no strings', { tags: { a: 1 } }, 'an object of strings'],
  ])('are refused with the mend: %s', (_, options, words) => {
    expect(() => statsd(options as StatsdOptions)).toThrow(TelemetryError);
    expect(() => statsd(options as StatsdOptions)).toThrow(words);
  });

  it('leaves events out where the daemon has none', () => {
    expect(statsd().exportEvents).toBeUndefined();
    expect(() => statsd({ signals: ['events'] })).toThrow('"statsd.signals" has "events"');
    expect(statsd({ dialect: 'datadog' }).exportEvents).toBeTypeOf('function');
  });
});
