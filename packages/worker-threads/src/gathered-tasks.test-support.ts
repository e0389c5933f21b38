import { createTelemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import { observeTask } from './index.ts';

// What threads of the tests do whose telemetry is that of the process.

const telemetry = createTelemetry({
  service: { name: 'shop' },
  signals: { spans: true },
  gather: gather(),
  shutdown: { signals: false },
});
const rendered = telemetry.counter('rendered');

/** Counts the task, in a span of its own. */
export const render = observeTask((image: string): number => {
  rendered.add(1, { image });
  return telemetry.span('scale', () => image.length);
}, telemetry);
