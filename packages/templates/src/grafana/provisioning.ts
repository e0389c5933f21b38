import { stringify } from 'yaml';
import type { TemplateFile } from '../target.ts';

/** Where the dashboards are for Grafana, when this folder is mounted as the README of this package says. */
const DASHBOARDS = '/etc/grafana/provisioning/dashboards/telltale';

/** For Grafana's folder `provisioning`. */
export function provisioning(): readonly TemplateFile[] {
  const provider = {
    name: 'telltale',
    folder: 'Telltale',
    type: 'file',
    disableDeletion: false,
    allowUiUpdates: false,
    updateIntervalSeconds: 30,
    options: { path: DASHBOARDS },
  };
  const prometheus = {
    name: 'Prometheus',
    uid: 'prometheus',
    type: 'prometheus',
    access: 'proxy',
    url: 'http://prometheus:9090',
    // The shortest window of a rate is four of these.
    jsonData: {
      httpMethod: 'POST',
      timeInterval: '15s',
      exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'tempo' }],
    },
  };
  return [
    { path: 'provisioning/dashboards/telltale.yaml', content: stringify({ apiVersion: 1, providers: [provider] }) },
    {
      path: 'provisioning/datasources/telltale.example.yaml',
      content: `# An example: put in your addresses and call it telltale.yaml. timeInterval is the scrape interval of Prometheus; exemplars lead to the data source of traces.\n${stringify({ apiVersion: 1, datasources: [prometheus] })}`,
    },
  ];
}
