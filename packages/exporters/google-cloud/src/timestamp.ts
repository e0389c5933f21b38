/** Seconds since the epoch as google.protobuf.Timestamp in JSON, to the millisecond: times that differ by less count as the same there. */
export function timestamp(seconds: number): string {
  return new Date(milliseconds(seconds)).toISOString();
}

export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
