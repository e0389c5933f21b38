import type { TypedExporterEntry } from './integrations/exporter-entry.ts';
import type { TelltaleConfig } from './telltale-config.ts';

/** A configuration whose exporters are typed by their `type`. */
export interface DefinedConfig extends Omit<TelltaleConfig, 'exporters'> {
  readonly exporters?: readonly TypedExporterEntry[];
}

/** For telltale.config.ts: `export default defineConfig({ … })`. Gives back what it is given; editors complete and check it. */
export function defineConfig(config: DefinedConfig): TelltaleConfig {
  return config as TelltaleConfig;
}
