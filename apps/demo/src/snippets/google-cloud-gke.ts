import { createTelemetry } from '@telltale/core';
import { googleCloud } from '@telltale/exporter-google-cloud';

export const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [
    googleCloud({
      monitoredResource: {
        type: 'k8s_container',
        labels: {
          project_id: 'my-project',
          location: 'europe-west1',
          cluster_name: 'main',
          namespace_name: process.env.NAMESPACE ?? 'default',
          pod_name: process.env.HOSTNAME ?? '',
          container_name: 'shop',
        },
      },
      resourceAttributes: ['service.version'], // the pod tells processes apart already
    }),
  ],
});
