import type { Check } from '../inspection.ts';

export const exporters: Check = {
  name: 'exporters',
  about: 'an exporter fails, a port is taken, or there is no exporter at all',
  run: ({ exporters, telemetry }) => {
    const failing = exporters
      .filter(({ status }) => status === 'failing')
      .map(({ name, detail }) => ({
        level: 'problem' as const,
        message: `The exporter ${name} fails: ${detail.replace(/\.$/, '')}.`,
        mend: detail.includes('is taken')
          ? 'End what has the port, or choose another.'
          : 'Mend what the message says, then ask again.',
      }));
    const without = telemetry?.result.telemetries.filter((one) => one.exporters.length === 0) ?? [];
    return [
      ...failing,
      ...without.map(({ name }) => ({
        level: 'problem' as const,
        message: `"${name}" of ${telemetry?.name} has no exporters, so what it records goes nowhere.`,
        mend: 'Give it one: createTelemetry({ exporters: [prometheus()] }), or OTEL_METRICS_EXPORTER=prometheus for @telltale/register.',
      })),
    ];
  },
};
