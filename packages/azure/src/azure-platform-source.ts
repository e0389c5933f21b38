import type { Source } from '@telltale/detector-kit';

const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.region',
  'cloud.resource_id',
  'deployment.environment.name',
  'faas.instance',
  'faas.max_memory',
  'host.id',
  'host.name',
  'k8s.cluster.name',
  'process.pid',
  'service.name',
  'service.instance.id',
  'azure.app.service.stamp',
  'azure.container_app.instance.id',
  'azure.container_app.name',
  'azure.container_app.version',
] as const;

const MIB = 1024 * 1024;

/** AKS, Container Apps, Functions and App Service, by OpenTelemetry's detectors: they read variables, and of AKS a file. Loaded when they are asked. */
export const AZURE_PLATFORM: Source<(typeof KEYS)[number]> = {
  name: 'azure_platform',
  keys: KEYS,
  numbers: ['faas.max_memory', 'process.pid'],
  isPossible: () => isAzurePlatform(process.env) || process.env.KUBERNETES_SERVICE_HOST !== undefined,
  ask: async (say) => {
    const { azureAksDetector, azureAppServiceDetector, azureContainerAppsDetector, azureFunctionsDetector } =
      await import('@opentelemetry/resource-detector-azure');
    for (const detector of [
      azureAksDetector,
      azureContainerAppsDetector,
      azureFunctionsDetector,
      azureAppServiceDetector,
    ]) {
      const { attributes = {} } = detector.detect();
      const memory = attributes['faas.max_memory'];
      say({
        ...attributes,
        // The variable has mebibytes, and as text; the convention is bytes.
        ...(memory !== undefined && { 'faas.max_memory': Number(memory) * MIB }),
      });
    }
  },
};

/** Whether the environment says that it is one of those without a machine of its own; their variables are those that OpenTelemetry's detectors go by. */
export function isAzurePlatform(environment: NodeJS.ProcessEnv): boolean {
  return environment.WEBSITE_SITE_NAME !== undefined || environment.CONTAINER_APP_NAME !== undefined;
}
