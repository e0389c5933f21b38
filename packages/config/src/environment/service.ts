import { onlySet } from '../only-set.ts';
import type { ServiceConfig } from '../telltale-config.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import { readResourceAttributes } from './resource-attributes.ts';

/** Which service it is, by `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. */
export function readService(reader: EnvironmentReader): ServiceConfig | undefined {
  const attributes = readResourceAttributes(reader);
  const take = (...keys: readonly string[]): string | undefined => {
    const values = keys.map((key) => attributes.get(key)).filter((value) => value !== undefined && value !== '');
    for (const key of keys) attributes.delete(key);
    return values[0];
  };
  const attributeName = take('service.name');
  const service = onlySet({
    name: reader.text('OTEL_SERVICE_NAME') ?? attributeName,
    version: take('service.version'),
    environment: take('deployment.environment.name', 'deployment.environment'),
    namespace: take('service.namespace'),
    instanceId: take('service.instance.id'),
    attributes: attributes.size > 0 ? Object.fromEntries(attributes) : undefined,
  });
  return Object.keys(service).length === 0 ? undefined : service;
}
