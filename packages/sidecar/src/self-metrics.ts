import type { Signal, Telemetry } from '@telltale/core';
import type { OtlpEndpoint } from './http/otlp-endpoint.ts';
import type { Receiver } from './receiver.ts';

/** What the sidecar says of itself: what it was sent, what became of it, and how much it holds. */
export function observeReceiver(telemetry: Telemetry, receiver: Receiver, endpoint: OtlpEndpoint): void {
  telemetry.observableCounter(
    'telltale.sidecar.items',
    { unit: '{item}', description: 'Points, spans and events that were received, by what became of them.' },
    (observer) => {
      for (const [signal, items] of Object.entries(receiver.health().items)) {
        for (const outcome of ['accepted', 'rejected', 'repeated'] as const) {
          // Those that were known already are accepted, too.
          const count = outcome === 'accepted' ? items.accepted - items.repeated : items[outcome];
          observer.observe(count, { signal: signal as Signal, outcome });
        }
      }
    },
  );
  telemetry.observableCounter(
    'telltale.sidecar.requests',
    { unit: '{request}', description: 'Requests of OTLP, by the answer.' },
    (observer) => {
      for (const [key, count] of endpoint.answered) {
        const [signal = '', status] = key.split(' ');
        observer.observe(count, { signal, 'http.response.status_code': Number(status) });
      }
    },
  );
  telemetry.observableGauge(
    'telltale.sidecar.series',
    { unit: '{series}', description: 'Series of all services together.' },
    (observer) => observer.observe(receiver.health().series),
  );
  telemetry.observableGauge(
    'telltale.sidecar.instances',
    { unit: '{instance}', description: 'Instances of services that told something lately.' },
    (observer) => observer.observe(receiver.health().instances),
  );
}
