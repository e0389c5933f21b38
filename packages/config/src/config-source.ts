import type { LoadPackage } from './integration.ts';

/** Where configuration comes from. */
export interface ConfigSource {
  /** The file; `false` for none. Default: the one `TELLTALE_CONFIG` names, else telltale.config.{json,yaml,yml,ts,mts,js,mjs} in `cwd` or above it, up to the folder of package.json. */
  readonly file?: string | false;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default `process.cwd()`. */
  readonly cwd?: string;
  /** Loads the packages that are asked for; default: from `cwd`, as the application would. */
  readonly load?: LoadPackage;
}
