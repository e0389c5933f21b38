import type { ParcelAnswer } from '@telltale/exporter-kit';

/** An `UnprocessedTraceSegment` of the X-Ray API reference. */
export interface Unprocessed {
  readonly Id?: string | undefined;
  readonly ErrorCode?: string | undefined;
  readonly Message?: string | undefined;
}

/** Codes of what passes; AWS publishes no list of them. */
const PASSING = /throttl|limitexceeded|toomany|internal|unavailable|timeout|timedout/i;

/** Which spans X-Ray did not take: `ids[i]` are those of the documents of the i-th. */
export function unprocessedAnswer(
  ids: readonly (readonly string[])[],
  unprocessed: readonly Unprocessed[],
): ParcelAnswer {
  if (unprocessed.length === 0) return {};
  const refused = new Set<number>();
  const again = new Set<number>();
  let unnamed = 0;
  for (const { Id, ErrorCode = '' } of unprocessed) {
    const index = Id === undefined ? -1 : ids.findIndex((one) => one.includes(Id));
    if (index === -1) unnamed++;
    else if (PASSING.test(ErrorCode)) again.add(index);
    else refused.add(index);
  }
  const [{ ErrorCode = 'no code', Message = 'no message' } = {}] = unprocessed;
  return {
    // A span of two documents is sent again as a whole: X-Ray replaces what it has.
    refused: [...refused].filter((index) => !again.has(index)),
    again: [...again],
    ...(unnamed > 0 && { refusedCount: unnamed }),
    reason: `X-Ray did not process ${unprocessed.length} (${ErrorCode}: ${Message})`,
  };
}
