export type { TokenCredential } from './access-token.ts';
export { azureMonitor } from './azure-monitor.ts';
export type { AzureMonitorOptions } from './azure-monitor-options.ts';
