export const VIEWS = [
  'overview',
  'routes',
  'queues',
  'pools',
  'map',
  'runtime',
  'traces',
  'exporters',
  'series',
  'alerts',
] as const;

export type ViewName = (typeof VIEWS)[number];

/** What the page shows: `#/routes/<row>?service=checkout`. */
export interface Address {
  readonly view: ViewName;
  /** The row that is open. */
  readonly open?: string;
  /** Only what is of this service. */
  readonly service?: string;
}

/** Any text: an address that is none is the overview. */
export function addressOf(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const slash = path.indexOf('/');
  const name = slash < 0 ? path : path.slice(0, slash);
  const view = VIEWS.find((known) => known === name) ?? 'overview';
  const open = slash < 0 || view !== name ? undefined : decoded(path.slice(slash + 1));
  const service = /(?:^|&)service=([^&]*)/.exec(query)?.[1];
  return {
    view,
    ...(open ? { open } : {}),
    ...(service ? { service: decoded(service) } : {}),
  };
}

export function hashOf({ view, open, service }: Address): string {
  return `#/${view}${open === undefined ? '' : `/${encoded(open)}`}${service === undefined ? '' : `?service=${encoded(service)}`}`;
}

/** Whether an address names this row: half of a surrogate pair cannot be in an address. */
export function isOpen(open: string | undefined, id: string): boolean {
  return open !== undefined && (open === id || open === id.toWellFormed());
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
