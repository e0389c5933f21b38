export type Naming = 'dots' | 'pascal';

/** Names as `cloudwatch({ naming })` of @telltale/exporter-cloudwatch spells those of Telltale. */
export function spelt(name: string, naming: Naming): string {
  if (naming === 'dots') return name;
  return name
    .split(/[^\p{L}\p{N}]+/u)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** What is only known when the template is deployed; each form of template puts its own words in their place. */
export const PLACES = {
  namespace: '⟦Namespace⟧',
  service: '⟦Service⟧',
  region: '⟦Region⟧',
  /** ` AND "deployment.environment.name" = '…'`, or nothing. */
  andEnvironment: '⟦AndEnvironment⟧',
  /** The dimension's name and a comma, quoted, or nothing: within the schema of a SEARCH. */
  environmentName: '⟦EnvironmentName⟧',
  /** `,"deployment.environment.name","…"`, or nothing: within a list of a dashboard. Stands as an item of its own. */
  environmentItems: '⟦EnvironmentItems⟧',
} as const;
