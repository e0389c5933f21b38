import { type ExportContext, ExportError, type ExportResult, type MetricsSnapshot } from '@telltale/core';
import { HttpClient, type ParcelAnswer, sendParcels } from '@telltale/exporter-kit';
import type { Authorization } from './authorization.ts';
import { labelKey } from './labels.ts';
import { MetricTypes } from './metric-types.ts';
import { GenericTasks } from './monitored-resource.ts';
import { SeriesTimes } from './series-times.ts';
import type { Settings } from './settings.ts';
import { type Draft, type Drafts, draftsOf } from './snapshot-series.ts';
import { unlessAborted } from './unless-aborted.ts';
import { writeAnswer } from './write-answer.ts';

/** "Quotas and limits" of Cloud Monitoring: time series in a request, of one point each. */
const MAX_SERIES = 200;

/** Writes snapshots as time series, and remembers what of them is written: the backend takes the points of a series only in order. */
export class MetricWriter {
  private readonly settings: Settings;
  private readonly authorization: Authorization;
  private readonly http = new HttpClient();
  private readonly types: MetricTypes;
  private readonly times = new SeriesTimes();
  private readonly tasks = new GenericTasks();

  constructor(settings: Settings, authorization: Authorization) {
    this.settings = settings;
    this.authorization = authorization;
    this.types = new MetricTypes(settings.metricPrefix, settings.resourceAttributes.map(labelKey));
  }

  async write(snapshot: MetricsSnapshot, context: ExportContext): Promise<ExportResult> {
    context.signal.throwIfAborted();
    const projectId = await unlessAborted(this.authorization.projectId(), context.signal);
    const { integers, resourceAttributes, monitoredResource } = this.settings;
    const drafts = draftsOf(snapshot, {
      projectId,
      types: this.types,
      times: this.times,
      integers,
      resourceAttributes,
      resourceOf: (resource, own) => {
        if (monitoredResource === undefined) return this.tasks.of(resource, own, projectId);
        return typeof monitoredResource === 'function' ? monitoredResource(resource) : monitoredResource;
      },
    });
    return this.sendDrafts(drafts, projectId, context);
  }

  close(): void {
    this.http.close();
  }

  private async sendDrafts(drafts: Drafts, projectId: string, context: ExportContext): Promise<ExportResult> {
    const { write, nothing, refused, early } = drafts;
    context.accepted(nothing);
    for (const { point, reason } of refused) context.rejected?.([point], reason);
    const url = new URL(`/v3/projects/${encodeURIComponent(projectId)}/timeSeries`, this.settings.endpoint);
    const result = await sendParcels(
      write.map(({ point, drafts: payload }) => ({ payload, items: [point] })),
      {
        context,
        maxWeight: MAX_SERIES,
        weigh: (payload) => payload.length,
        encode: (payloads) => JSON.stringify({ timeSeries: payloads.flat().map(({ series }) => series) }),
        send: (body, payloads) => this.post(url, body, payloads, context),
        // The next total holds all of this one: a copy adds nothing.
        whenUnknown: 'again',
      },
    );
    if (early.length > 0) {
      throw new ExportError(
        `${early.length} points wait: their series were last told of as of a minute ahead of this clock. Either it went back, or ` +
          'metrics are flushed far more often than every 5 s',
      );
    }
    const first = refused[0];
    const reason = result.reason ?? first?.reason;
    return {
      accepted: result.accepted + nothing.length,
      rejected: result.rejected + refused.length,
      ...(reason !== undefined && { reason }),
    };
  }

  private async post(
    url: URL,
    body: string,
    payloads: readonly (readonly Draft[])[],
    context: ExportContext,
  ): Promise<ParcelAnswer> {
    const { signal } = context;
    const drafts = payloads.flat();
    const headers = await unlessAborted(this.authorization.headers(), signal);
    let said: ParcelAnswer;
    try {
      const request = { url, headers: { ...headers, 'content-type': 'application/json' }, body };
      const answer = await this.http.send(request, context);
      if (answer.status === 401) this.authorization.forget();
      said = writeAnswer(answer, drafts.length);
    } catch (error) {
      if (error instanceof ExportError && error.outcomeUnknown) this.remember(drafts);
      throw error;
    }
    const { refused = [], again = [], refusedCount = 0 } = said;
    const left = new Set([...refused, ...again]);
    this.remember(drafts.filter((_, i) => !left.has(i) || refusedCount > 0));
    return { ...said, ...parcelsOf(payloads, refused, again) };
  }

  private remember(drafts: readonly Draft[]): void {
    for (const { key, timed, interval } of drafts) this.times.written(key, timed, interval);
  }
}

/** The backend counts series, of which a point may have several: a point is refused when one of its is, else sent again when one is to be. */
function parcelsOf(
  payloads: readonly (readonly Draft[])[],
  refused: readonly number[],
  again: readonly number[],
): Pick<ParcelAnswer, 'refused' | 'again'> {
  const parcels = payloads.flatMap((drafts, parcel) => drafts.map(() => parcel));
  const refusedParcels = new Set(refused.map((i) => parcels[i] as number));
  const againParcels = new Set(again.map((i) => parcels[i] as number).filter((parcel) => !refusedParcels.has(parcel)));
  return { refused: [...refusedParcels], again: [...againParcels] };
}
