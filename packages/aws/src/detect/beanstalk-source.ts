import { access } from 'node:fs/promises';
import type { Source } from '@telltale/detector-kit';
import { isEcs, isLambda } from './aws-environment.ts';

/** From "AWS Elastic Beanstalk plugin" of the X-Ray Developer Guide: the platform writes it where X-Ray is switched on. */
const CONFIGURATION =
  process.platform === 'win32'
    ? 'C:\\Program Files\\Amazon\\XRay\\environment.conf'
    : '/var/elasticbeanstalk/xray/environment.conf';

// Not `service.name`: the detector says `aws_elastic_beanstalk`, for each and every service.
const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'service.namespace',
  'service.version',
  'service.instance.id',
] as const;

export const BEANSTALK = beanstalkSource(CONFIGURATION);

/** An environment of Elastic Beanstalk, by OpenTelemetry's detector: it reads one file, and is loaded where that is. */
export function beanstalkSource(configuration: string): Source<(typeof KEYS)[number]> {
  return {
    name: 'aws_elastic_beanstalk',
    keys: KEYS,
    isPossible: () => !isLambda(process.env) && !isEcs(process.env),
    ask: async (say) => {
      await access(configuration);
      const { awsBeanstalkDetector } = await import('@opentelemetry/resource-detector-aws');
      const { attributes = {} } = awsBeanstalkDetector.detect();
      const values = Object.entries(attributes).map(async ([key, value]) => [key, await value] as const);
      const found = Object.fromEntries(await Promise.all(values));
      // The number of the deployment.
      const instance = found['service.instance.id'];
      say({ ...found, 'service.instance.id': instance === undefined ? undefined : String(instance) });
    },
  };
}
