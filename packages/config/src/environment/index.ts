export { type EnvironmentConfig, readEnvironment } from './environment.ts';
export { VARIABLES, type Variable } from './environment-variables.ts';
export { exportersWith } from './exporters-with.ts';
export { findPackage } from './package-description.ts';
