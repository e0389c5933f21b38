import { createTelemetry } from '@telltale/core';
import { emf } from '@telltale/exporter-cloudwatch';

const telemetry = createTelemetry({
  service: { name: 'resize', version: '7' },
  exporters: [emf({ namespace: 'Shop', properties: ['user.id'], fields: { functionVersion: '7' } })],
});
const images = telemetry.counter('images', { unit: '{image}' });

export async function handler(event: { readonly user: string; readonly format: string }): Promise<void> {
  images.add(1, { format: event.format, 'user.id': event.user });
  await telemetry.flush(); // Lambda may freeze the process when the handler returns
}
