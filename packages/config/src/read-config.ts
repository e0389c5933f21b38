import type { ConfigProblem } from './config-problem.ts';
import type { ConfigSource } from './config-source.ts';
import { UNKNOWN_SERVICE, UNKNOWN_SERVICE_PROBLEM } from './environment/unknown-service.ts';
import { entriesOf } from './exporters-of.ts';
import { merge } from './merge.ts';
import { mergeEnvironment } from './merge-sections.ts';
import { readSources, type Sources } from './read-sources.ts';
import type { TelltaleConfig } from './telltale-config.ts';

/** What file and environment say together, as plain data. */
export interface ReadConfig {
  /** The file that was read, as an absolute path; missing where there is none. */
  readonly file?: string;
  /** All that is right, the environment over the file. What is wrong is left out, and so are exporters in which something is. */
  readonly config: TelltaleConfig;
  readonly problems: readonly ConfigProblem[];
}

/** Reads file and environment and starts nothing. Never throws: what is wrong is in `problems`. */
export function readConfig(source: ConfigSource = {}): ReadConfig {
  return readConfigOf(readSources(source));
}

/** The same of what was read already. */
export function readConfigOf(sources: Sources): ReadConfig {
  const { file, environment } = sources;
  const described: TelltaleConfig = { service: environment.described };
  const config = mergeEnvironment(merge(described, file.sections), environment.config);
  const isNamed = config.service?.name !== undefined;
  const exporters = entriesOf(sources).map(({ entry }) => entry);
  return {
    ...(file.path !== undefined && { file: file.path }),
    config: {
      ...config,
      ...(!isNamed && { service: { ...config.service, name: UNKNOWN_SERVICE } }),
      ...(exporters.length > 0 && { exporters }),
    },
    problems: isNamed ? sources.problems : [...sources.problems, UNKNOWN_SERVICE_PROBLEM],
  };
}
