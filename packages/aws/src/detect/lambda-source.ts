import type { Source } from '@telltale/detector-kit';

const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.region',
  'faas.name',
  'faas.version',
  'faas.max_memory',
  'faas.instance',
  'aws.log.group.names',
] as const;

/** A function of Lambda, by OpenTelemetry's detector: it reads variables only. Loaded where it is needed, as it costs more to load than to ask. */
export const LAMBDA: Source<(typeof KEYS)[number]> = {
  name: 'aws_lambda',
  keys: KEYS,
  numbers: ['faas.max_memory'],
  // What that detector goes by.
  isPossible: () => process.env.AWS_EXECUTION_ENV?.startsWith('AWS_Lambda_') === true,
  ask: async (say) => {
    const { awsLambdaDetector } = await import('@opentelemetry/resource-detector-aws');
    say(awsLambdaDetector.detect().attributes ?? {});
  },
};
