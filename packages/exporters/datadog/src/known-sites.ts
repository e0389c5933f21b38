import { nearestOf, TelemetryError } from '@telltale/core';

/** Datadog's sites, of https://docs.datadoghq.com/getting_started/site/, as of 2026-11-22. */
const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const;

/** Throws `ERR_OPTION` for what is no site of Datadog's, with the one that was meant: the address in the browser begins with `app.`. */
export function checkSite(site: string): string {
  if ((SITES as readonly string[]).includes(site)) return site;
  const bare = String(site)
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/^(app|api)\./, '');
  const meant = (SITES as readonly string[]).includes(bare) ? bare : nearestOf(bare, SITES);
  throw new TelemetryError(
    'ERR_OPTION',
    `"datadog.site" is ${JSON.stringify(site)}, which is not one of Datadog's sites${meant === undefined ? '.' : `; did you mean '${meant}'?`} Sites are ${SITES.join(', ')}; for another address give \`endpoint\`.`,
  );
}
