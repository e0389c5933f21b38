/** Their key in the metadata. */
export const NOTES = 'telltale';

/** What a job carries in its telemetry metadata besides trace context and baggage, under `telltale`. Whoever else reads it leaves it alone. */
export interface Notes {
  /** One of so many that its attempts are traces of their own, with a link. */
  readonly link?: boolean;
  /** How many queues the trace has gone through before this one. */
  readonly hops?: number;
  /** It waits for its children before it is ready. */
  readonly children?: boolean;
}

/** Takes only what is as expected: anyone may write metadata. */
export function notesFrom(value: unknown): Notes | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { link, hops, children } = value as Record<string, unknown>;
  return {
    link: link === true,
    hops: typeof hops === 'number' && hops > 0 ? hops : 0,
    children: children === true,
  };
}

/** The notes in metadata. */
export function notesIn(metadata: unknown): Notes | undefined {
  // Most have none, and reading JSON takes long.
  if (typeof metadata !== 'string' || !metadata.includes(`"${NOTES}"`)) return undefined;
  try {
    return notesFrom((JSON.parse(metadata) as Record<string, unknown>)[NOTES]);
  } catch {
    return undefined; // someone else's
  }
}
