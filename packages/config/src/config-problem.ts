/** Something in the configuration that was not taken as it stands. Reading goes on without it. */
export interface ConfigProblem {
  /** Where it stands: the file's name, `environment`. */
  readonly source: string;
  /** The path in the file (`exporters[1].config.namespace`), or the name of the variable; empty for the whole file. */
  readonly path: string;
  /** What was found, shortened; no secrets. */
  readonly found: string;
  /** One to three sentences that name source and path, what was found, what is allowed, and the nearest known key where there is one. */
  readonly message: string;
}
