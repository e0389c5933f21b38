import { expect, test } from 'vitest';
import { acceptsGzip, negotiate, negotiateText } from './negotiate.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const text1 = (escaping: string) => `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`;
const openMetrics = (escaping: string) =>
  `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=${escaping}`;
const OPENMETRICS_0 = 'application/openmetrics-text; version=0.0.1; charset=utf-8';
const protobuf = (escaping: string) =>
  `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=${escaping}`;
const OPENMETRICS = openMetrics('underscores');
const PROTOBUF = protobuf('underscores');

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_2_NATIVE =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROMETHEUS_3_NATIVE =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

test.each([
  [undefined, TEXT],
  ['', TEXT],
  ['*/*', TEXT],
  ['text/*', TEXT],
  ['text/plain', TEXT],
  ['text/plain;version=0.0.4', TEXT],
  ['text/plain;version=0.0.4;escaping=allow-utf-8', TEXT],
  ['text/plain;version=1.0.0', text1('underscores')],
  ['text/plain;version=1.0.0;escaping=dots', text1('dots')],
  ['text/plain;version=1.0.0;escaping=values;q=0.9,text/plain;version=0.0.4;q=0.5', text1('values')],
  ['text/plain;version=2.0.0', TEXT],
  ['application/json', TEXT],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
  ['application/openmetrics-text', OPENMETRICS],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', OPENMETRICS],
  ['APPLICATION/OPENMETRICS-TEXT; Version="1.0.0"', OPENMETRICS],
  ['application/openmetrics-text;version=1.0.0;escaping=allow-utf-8', openMetrics('allow-utf-8')],
  ['application/openmetrics-text;version=1.0.0;escaping="values"', openMetrics('values')],
  ['application/openmetrics-text;version=1.0.0;escaping=x\r\nSet-Cookie: y', OPENMETRICS],
  ['application/openmetrics-text;version=0.0.1', OPENMETRICS_0],
  ['application/openmetrics-text;version=0.0.1;escaping=allow-utf-8', OPENMETRICS_0],
  ['application/openmetrics-text;version=2.0.0', TEXT],
  ['application/openmetrics-text,text/plain', OPENMETRICS],
  ['application/openmetrics-text;q=0.4,text/plain;q=0.5', TEXT],
  ['application/openmetrics-text;q=0.5,text/plain;q=0.5', OPENMETRICS],
  ['application/openmetrics-text;q=0,*/*', TEXT],
  ['application/openmetrics-text;q=0', TEXT],
  ['application/openmetrics-text,*/*;q=0.1', OPENMETRICS],
  ['application/openmetrics-text;q=0.5,*/*', TEXT],
  ['application/*', OPENMETRICS],
  ['text/plain;version=1.0.0,application/openmetrics-text;version=1.0.0;q=0.1', text1('underscores')],
  ['text/plain;note="a,application/openmetrics-text;q=1"', TEXT],
  ['nonsense,,;q=x', TEXT],
  ['application/vnd.google.protobuf', PROTOBUF],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited', PROTOBUF],
  [
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8',
    protobuf('allow-utf-8'),
  ],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', TEXT],
  ['application/vnd.google.protobuf;proto=some.Other;encoding=delimited,text/plain;q=0.1', TEXT],
  ['application/vnd.google.protobuf;q=0.3,application/openmetrics-text;q=0.4', OPENMETRICS],
  ['application/vnd.google.protobuf;q=0,application/*', OPENMETRICS],
  [PROMETHEUS_2, OPENMETRICS],
  [PROMETHEUS_2_NATIVE, PROTOBUF],
  [PROMETHEUS_3, openMetrics('allow-utf-8')],
  [PROMETHEUS_3_NATIVE, PROTOBUF],
])('Accept: %s gives %s', (accept, contentType) => {
  expect(negotiate(accept).contentType).toBe(contentType);
});

test('text alone is negotiated as if there were no protobuf', () => {
  expect(negotiateText(PROMETHEUS_2_NATIVE).contentType).toBe(OPENMETRICS);
  expect(negotiateText('application/vnd.google.protobuf').contentType).toBe(TEXT);
});

test('a header made to take long does not', () => {
  const long = `text/plain;a=${'"\\'.repeat(8000)}`;
  expect(negotiate(long).contentType).toBe(TEXT);
});

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['br, GZIP;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['identity', false],
  ['deflate, br', false],
])('Accept-Encoding: %s allows gzip: %s', (acceptEncoding, allowed) => {
  expect(acceptsGzip(acceptEncoding)).toBe(allowed);
});
