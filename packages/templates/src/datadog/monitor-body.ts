import type { Monitor } from './monitors-of.ts';

export interface MonitorBody {
  readonly name: string;
  readonly type: Monitor['type'];
  readonly query: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly options: {
    readonly thresholds?: { readonly critical: number };
    readonly include_tags: boolean;
    readonly require_full_window?: boolean;
    readonly notify_no_data?: boolean;
    readonly no_data_timeframe?: number;
  };
}

/** As `POST /api/v1/monitor` takes it. Of a composite, `@id@` stands where the ids of others go. */
export function monitorBody({
  id,
  rule,
  type,
  query,
  message,
  tags,
  priority,
  threshold,
  noData,
}: Monitor): MonitorBody {
  return {
    name: id === rule ? `Telltale ${rule}` : `Telltale ${rule} (${id})`,
    type,
    query,
    message,
    tags,
    priority,
    options: {
      include_tags: true,
      ...(type === 'query alert' && { require_full_window: false }),
      ...(threshold !== undefined && { thresholds: { critical: threshold } }),
      ...(noData !== undefined && { notify_no_data: true, no_data_timeframe: noData }),
    },
  };
}
