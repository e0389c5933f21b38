import type { Signal } from '@telltale/core';
import type { Integration } from '../integration.ts';

/** An integration with what an entry of `exporters` needs to know of its backend. */
export interface BackendIntegration extends Integration {
  /** What it can take. */
  readonly signals: readonly Signal[];
  /** What `dimensions` becomes in the backend; where it has nothing like it, what to do instead. */
  readonly dimensionsMean: string;
  /** Serves what it is asked for instead of sending: there is one for all tenants, and nothing to pace. */
  readonly served?: true;
  /** The maker has only options of its own: what every exporter takes is put onto what it makes. */
  readonly bare?: true;
  /** Options that are paths of files: from the folder of the configuration file. */
  readonly paths?: readonly string[];
}

/** Checks an integration and keeps its own type, from which the type of an entry is made. */
export function integration<const One extends BackendIntegration>(one: One): One {
  return Object.freeze(one);
}
