/** The application's telemetry, as a provider. For tests: `{ provide: TELEMETRY, useValue: … }`. */
export const TELEMETRY = Symbol.for('telltale.nest.TELEMETRY');
/** The telemetry with the module's options. */
export const SETTINGS = Symbol.for('telltale.nest.SETTINGS');
