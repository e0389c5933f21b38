import { requestMetadata, requestMetadataJson, type Source } from '@telltale/detector-kit';
import { isEcs, isLambda } from './aws-environment.ts';

/** Seconds that a token lives: longer than all of this takes. */
const TOKEN_TTL = '60';
/** Tokens are headers of the next requests. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

/** Endpoints by mode, from "Use the Instance Metadata Service" of the EC2 User Guide. */
const ENDPOINTS: Readonly<Record<string, string>> = { ipv4: 'http://169.254.169.254', ipv6: 'http://[fd00:ec2::254]' };

const KEYS = [
  'cloud.provider',
  'cloud.platform',
  'cloud.account.id',
  'cloud.region',
  'cloud.availability_zone',
  'host.id',
  'host.type',
  'host.name',
] as const;

/**
 * A machine of EC2, by version 2 of its Instance Metadata Service. OpenTelemetry's detector asks the one address that it knows, three times one after
 * the other, for 5 s each and up to 15 s in all; it ignores the variables by which users of AWS turn that elsewhere or off; and an answer that never
 * ends keeps it, and the process, for ever.
 */
export const EC2: Source<(typeof KEYS)[number]> = {
  name: 'aws_ec2',
  keys: KEYS,
  // Lambda has no such service. In a container of ECS it is often closed off, and the container's own endpoint knows better.
  isPossible: () => !isLambda(process.env) && !isEcs(process.env) && endpoint(process.env) !== undefined,
  ask: async (say, signal) => {
    const base = endpoint(process.env);
    if (base === undefined) return;
    const { text: token } = await requestMetadata({
      url: new URL('latest/api/token', base),
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': TOKEN_TTL },
      signal,
    });
    if (!TOKEN.test(token)) return;
    const headers = { 'X-aws-ec2-metadata-token': token };
    const identity = (async (): Promise<void> => {
      const { accountId, availabilityZone, instanceId, instanceType, region } = await requestMetadataJson({
        url: new URL('latest/dynamic/instance-identity/document', base),
        headers,
        signal,
      });
      if (typeof instanceId !== 'string' || typeof region !== 'string') throw new Error('this is no identity document');
      say({
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_ec2',
        'cloud.account.id': accountId,
        'cloud.region': region,
        'cloud.availability_zone': availabilityZone,
        'host.id': instanceId,
        'host.type': instanceType,
      });
    })();
    const name = async (): Promise<void> => {
      const { text } = await requestMetadata({ url: new URL('latest/meta-data/hostname', base), headers, signal });
      // A name by itself says nothing of where this is.
      await identity;
      say({ 'host.name': text });
    };
    // An instance without a name is one, too.
    await Promise.allSettled([identity, name()]);
  },
};

/** By the variables that the SDKs of AWS know ("IMDS client" of the AWS SDKs and Tools Reference Guide); `undefined`: it is not to be asked. */
function endpoint(environment: NodeJS.ProcessEnv): URL | undefined {
  if (environment.AWS_EC2_METADATA_DISABLED?.trim().toLowerCase() === 'true') return undefined;
  const mode = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.trim().toLowerCase() || 'ipv4';
  const given = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT?.trim() || ENDPOINTS[mode];
  if (given === undefined || !URL.canParse(given)) return undefined;
  const url = new URL(given.endsWith('/') ? given : `${given}/`);
  return url.protocol === 'http:' ? url : undefined;
}
