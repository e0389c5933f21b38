/** Something in the configuration that was not taken as it stands. Reading goes on without it. */
export interface ConfigWarning {
  /** The variable concerned. */
  readonly variable: string;
  /** What it was; long values are cut. */
  readonly found: string;
  /** One or two sentences that name the variable, what was found, and what is allowed. */
  readonly message: string;
}
