import type { Telemetry } from '@telltale/core';

const NAME = 'nodejs.active_resources';
const TYPE = 'resource.type';

/** Kinds that have a series of their own: Node knows some forty, and add-ons may name more. */
const MAX_TYPES = 50;
const OTHER = 'other';

/**
 * Reports what keeps the event loop of this thread busy, by type, whenever metrics are read: timers, connections, requests of libuv. Costs nothing
 * in between. Returns the function that ends it.
 */
export function observeActiveResources(telemetry: Telemetry): () => void {
  const known = new Set<string>();
  // What was there once is reported as 0 when it is gone: a series that ends would keep its last value for some backends.
  const callback = ({ observe }: { observe(value: number, attributes: Record<string, string>): void }): void => {
    const counts = new Map<string, number>();
    for (const type of known) counts.set(type, 0);
    for (const type of process.getActiveResourcesInfo()) {
      if (known.size < MAX_TYPES) known.add(type);
      const name = known.has(type) ? type : OTHER;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [type, count] of counts) observe(count, { [TYPE]: type });
  };
  const instrument = telemetry.observableUpDownCounter(
    NAME,
    { unit: '{resource}', description: 'What keeps the event loop of the thread busy: timers, connections, requests.' },
    callback,
  );
  return () => instrument.removeCallback(callback);
}
