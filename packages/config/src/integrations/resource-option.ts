/** What `dimensions` is where data carry what they are of. */
export const RESOURCE_MEANING = 'Attributes of the service (of the resource), for this exporter only.';

type Attributes = Readonly<Record<string, unknown>>;

/** Makes the option `resource`, which is a function, of the attributes that are to be added. */
export function resourceOption({ resource, ...config }: Attributes): Attributes {
  if (resource === undefined) return config;
  const added = { ...(resource as Attributes) };
  return { ...config, resource: (attributes: Attributes): Attributes => ({ ...attributes, ...added }) };
}
