import type { ExportContext, ExportResult, Point } from '@telltale/core';
import type { MeasuredPoint } from './measurements.ts';

/** Says of the points that CloudWatch cannot have why it cannot. Gives what that adds to a result. */
export function refuse(
  measured: readonly MeasuredPoint[],
  context: Pick<ExportContext, 'rejected'>,
): (result: ExportResult) => ExportResult {
  const byReason = new Map<string, Point[]>();
  for (const { point, refused } of measured) {
    if (refused === undefined) continue;
    const points = byReason.get(refused) ?? [];
    points.push(point);
    byReason.set(refused, points);
  }
  let count = 0;
  for (const [reason, points] of byReason) {
    context.rejected?.(points, reason);
    count += points.length;
  }
  const [reason] = byReason.keys();
  if (reason === undefined) return (result) => result;
  return (result) => ({ ...result, rejected: result.rejected + count, reason: result.reason ?? reason });
}
