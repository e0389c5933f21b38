/** The process as `telemetry.register()` leaves it, before the tests of the API begin. */
import { createTelemetry } from '@telltale/core';
import { QUIET } from './service.ts';

createTelemetry({ ...QUIET, service: { name: 'conformance' }, signals: { spans: true } }).register();
