import { z } from 'zod';
import { attributeValues } from './attribute-values.ts';
import { option } from './option.ts';

const name = z.string().regex(/\S/, 'a text that is not blank');

/** Which service it is. */
export const service = z.strictObject({
  name: option(name, 'The name of the service; default: the one in package.json.'),
  version: option(name, 'Its version; default: the one in package.json.'),
  environment: option(name, 'Where it is deployed to: production, staging, …'),
  namespace: option(name, 'What the service is a part of: service.namespace.'),
  instanceId: option(name, 'Which instance of it this is; default: a random one for this process.'),
  attributes: option(attributeValues, 'Further resource attributes, such as k8s.pod.name.'),
});
