/**
 * Hosts of Azure Monitor's ingestion, cloud by cloud, as Microsoft's exporter has them: a redirect may go from one to another of the same cloud,
 * with the token and the data.
 */
const CLOUDS: readonly (readonly string[])[] = [
  ['.monitor.azure.com', '.services.visualstudio.com', '.applicationinsights.azure.com'],
  ['.monitor.azure.us', '.applicationinsights.azure.us'],
  ['.monitor.azure.cn', '.applicationinsights.azure.cn'],
];

/** Where a redirect may be followed to: the same origin, or Azure Monitor's own hosts over https. `undefined`: nowhere. */
export function redirectTarget(from: URL, location: string | undefined): URL | undefined {
  if (location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  if (to.username !== '' || to.password !== '') return undefined;
  if (to.origin === from.origin) return to;
  const secure = to.protocol === 'https:' && to.port === '' && from.protocol === 'https:' && from.port === '';
  const sameCloud = CLOUDS.some((hosts) => isOneOf(from, hosts) && isOneOf(to, hosts));
  return secure && sameCloud ? to : undefined;
}

function isOneOf({ hostname }: URL, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => hostname.endsWith(suffix));
}
