import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { observeActiveResources, observeAddon, observeWebAssembly } from '@telltale/native';
import xxhash from 'xxhash-wasm';

const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [prometheus()] });

observeWebAssembly(telemetry); // compile time and size of every module from here on
observeActiveResources(telemetry); // what keeps the event loop busy, by type

// A library whose JavaScript hides that it is WebAssembly; an add-on is the same without `protocol`.
export const hash = observeAddon(await xxhash(), telemetry, { to: 'xxhash', protocol: 'wasm' });

hash.h32('a key'); // boundary.call.duration{boundary.to="xxhash", boundary.operation="h32", boundary.protocol="wasm"}
