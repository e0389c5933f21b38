import type { ResourceDetectorName } from '../telltale-config.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** OpenTelemetry's names (auto-instrumentations-node), and which of ours they are: `undefined` for what is there without being asked for. */
const DETECTORS = {
  aws: 'aws',
  gcp: 'google_cloud',
  google_cloud: 'google_cloud',
  azure: 'azure',
  host: 'host',
  process: 'process',
  env: undefined,
  serviceinstance: undefined,
} as const satisfies Readonly<Record<string, ResourceDetectorName | undefined>>;

type Word = keyof typeof DETECTORS | 'all';

const WORDS: readonly Word[] = ['all', ...(Object.keys(DETECTORS) as Word[])];

/** Nothing when only unknown ones are named: then those of the file serve better than none. */
export function readResourceDetectors(reader: EnvironmentReader): readonly ResourceDetectorName[] | undefined {
  const words = reader.words('OTEL_NODE_RESOURCE_DETECTORS', WORDS);
  if (words === undefined) return undefined;
  if (words.length === 0) return reader.isNone('OTEL_NODE_RESOURCE_DETECTORS') ? [] : undefined;
  const named = words.flatMap((word) => (word === 'all' ? Object.values(DETECTORS) : [DETECTORS[word]]));
  return [...new Set(named)].filter((one) => one !== undefined);
}
