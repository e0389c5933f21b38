import type { ServiceOptions } from '../telemetry-options.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import type { PackageDescription } from './package-description.ts';
import { readResourceAttributes } from './resource-attributes.ts';

/** OpenTelemetry's name for a service that has none. */
const UNKNOWN = 'unknown_service:node';

/** Which service it is: by `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, then package.json. */
export function readService(reader: EnvironmentReader, describe: () => PackageDescription | undefined): ServiceOptions {
  const attributes = readResourceAttributes(reader);
  const take = (...keys: readonly string[]): string | undefined => {
    const values = keys.map((key) => attributes.get(key)).filter((value) => value !== undefined && value !== '');
    for (const key of keys) attributes.delete(key);
    return values[0];
  };
  const attributeName = take('service.name');
  const version = take('service.version');
  const environment = take('deployment.environment.name', 'deployment.environment');
  const instanceId = take('service.instance.id');

  const given = reader.text('OTEL_SERVICE_NAME') ?? attributeName;
  const description = given === undefined || version === undefined ? describe() : undefined;
  const name = given ?? description?.name;
  if (name === undefined) {
    reader.warn('OTEL_SERVICE_NAME', `The service goes by "${UNKNOWN}": set it to the name of the service.`);
  }
  const known = version ?? description?.version;
  return {
    name: name ?? UNKNOWN,
    ...(known !== undefined && { version: known }),
    ...(environment !== undefined && { environment }),
    ...(instanceId !== undefined && { instanceId }),
    ...(attributes.size > 0 && { attributes: Object.fromEntries(attributes) }),
  };
}
