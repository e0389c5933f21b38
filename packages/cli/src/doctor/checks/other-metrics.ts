import type { Check } from '../inspection.ts';

const REGISTRIES = ['prom-client', '@prometheus-io/client'];
const OTHERS = [
  'express-prom-bundle',
  'swagger-stats',
  'express-status-monitor',
  '@willsoto/nestjs-prometheus',
  'nestjs-otel',
];
const SDKS = ['@opentelemetry/sdk-node', '@opentelemetry/sdk-metrics', '@opentelemetry/sdk-trace-node'];

export const otherMetrics: Check = {
  name: 'other-metrics',
  about: 'prom-client, an OpenTelemetry SDK or a package like express-prom-bundle is there, too',
  run: ({ project }) => {
    const found = (names: readonly string[]): string[] => names.filter((name) => project.dependsOn(name));
    const ours = project.packages.some((name) => name.startsWith('@telltale/') && name !== '@telltale/cli');
    if (!ours) return [];
    const note = (names: readonly string[], mend: string) =>
      names.map((name) => ({ level: 'note' as const, message: `${name} is there, too.`, mend }));
    return [
      ...note(found(REGISTRIES), 'To have its metrics in the same scrape: prometheus({ merge: register }).'),
      ...note(found(OTHERS), 'It measures what Telltale measures: remove it once nobody reads its series.'),
      ...note(
        found(SDKS).slice(0, 1),
        'A process has one OpenTelemetry: start its SDK, or call telemetry.register(), not both.',
      ),
    ];
  },
};
