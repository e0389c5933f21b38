import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { secret } from './secret.ts';

/** A text that is not empty. */
export const text = (what: string) => z.string().min(1, what);

/** One of a few words. */
export const word = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words);

/** Names of attributes. */
export const names = z.array(text('the name of an attribute'));

/** Constant dimensions, tags or labels. */
export const textByName = z.record(text('a name'), z.string());

export const url = z.string().regex(/^https?:\/\/./i, 'an address that begins with https:// or http://');

export const port = (least: 0 | 1) => z.int().min(least).max(65_535);

export const headers = secret(z.record(text('the name of a header'), z.string()));

export const key = (what: string) => secret(text(what));

const awsCredentials = z.strictObject({
  accessKeyId: key('the id of an access key'),
  secretAccessKey: key('the secret of an access key'),
  sessionToken: key('the token of a session').optional(),
});

/** Of Prometheus: neither its own names nor those that exporters add. */
export const LABEL_NAME = /^(?!__|otel_scope_|(?:le|quantile)$)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** How to reach AWS. */
export const aws = {
  region: option(
    z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, "the name of a region, such as 'eu-west-1'"),
    'Default: AWS_REGION, or the region of the profile.',
  ),
  credentials: option(
    secret(awsCredentials),
    'Default: the chain of the AWS SDK (environment, profile, web identity, ECS, EC2).',
  ),
  endpoint: option(url, "Instead of the region's: LocalStack, a VPC endpoint, a proxy."),
} as const;

/** Names in CloudWatch. `{tenant}` is filled in later. */
export const cloudwatchNames = {
  namespace: z
    .string()
    .regex(
      /^(?!AWS\/|:)(?=.*\S)(?:[A-Za-z0-9 ._#:/-]|\{tenant\}){1,255}$/,
      '1 to 255 letters, digits, spaces and . - _ / # : , beginning neither with AWS/ nor with a colon',
    )
    .describe('Where the metrics are: Checkout; with tenants Checkout/{tenant}.'),
  dimensions: option(textByName, "Dimensions of all metrics, in CloudWatch's spelling."),
  resourceDimensions: option(
    names,
    'Attributes of the service that are dimensions; default service.name and deployment.environment.name.',
  ),
  naming: option(word(['dots', 'pascal']), 'pascal gives HttpServerRequestDuration.', 'dots'),
  highResolution: option(z.boolean(), 'By the second instead of by the minute.', false),
} as const;

export const temporality = word(['cumulative', 'delta']);
