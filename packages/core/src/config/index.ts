export type { ConfigWarning } from './config-warning.ts';
export { type EnvironmentConfig, type EnvironmentOptions, readEnvironment } from './environment.ts';
export { VARIABLES, type Variable } from './environment-variables.ts';
export type { ExporterConfig } from './exporter-config.ts';
export type { LogLevel } from './log-level.ts';
export { findPackage, type PackageDescription } from './package-description.ts';
