import { exporterSuite } from '@telltale/testing';
import { parseExposition } from './exposition.test-support.ts';
import { prometheus } from './index.ts';
import { labelName } from './labels.ts';
import { prometheusName } from './names.ts';
import { OPENMETRICS, TEXT } from './source.test-support.ts';

for (const [format, accept] of [
  ['the text format', TEXT],
  ['OpenMetrics', OPENMETRICS],
] as const) {
  exporterSuite({
    name: `Prometheus in ${format}`,
    kind: 'pull',
    signals: ['metrics'],
    network: false,
    partial: false,
    attributes: 'exact',
    metricName: ({ name, unit, type }) => prometheusName(name, unit, type).sample,
    attributeName: (key) => labelName(key),
    attributeValue: (value) => String(value).toWellFormed(),
    create: async () => {
      const exporter = prometheus({ targetInfo: false });
      const received = async () => {
        const families = parseExposition((await exporter.render(accept)).body, accept === OPENMETRICS);
        const metrics = families.flatMap(({ name, type, samples }) => {
          const single = type === 'counter' || type === 'gauge';
          return samples.map((sample) => ({
            name: single ? sample.name : name,
            attributes: sample.labels,
            ...(single && { value: Number(sample.value) }),
          }));
        });
        return { metrics, spans: [], events: [] };
      };
      return { exporter, received };
    },
  });
}
