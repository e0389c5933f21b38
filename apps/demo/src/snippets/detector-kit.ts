import { createTelemetry } from '@telltale/core';
import { detectorOf, requestMetadataJson } from '@telltale/detector-kit';

/** The machines of a data centre of one's own, which has a metadata service, too. */
const rack = detectorOf({
  name: 'rack',
  keys: ['host.id', 'cloud.region'],
  isPossible: () => process.env.RACK_METADATA !== undefined,
  ask: async (say, signal) => {
    const { id, place } = await requestMetadataJson({ url: new URL(`${process.env.RACK_METADATA}/machine`), signal });
    say({ 'host.id': id, 'cloud.region': place });
  },
});

export const telemetry = createTelemetry({ service: { name: 'checkout' }, resourceDetectors: [rack] });
