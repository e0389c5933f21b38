import { type ExportContext, ExportError } from '@telltale/core';
import { type Answer, answerError, type HttpClient, type ParcelAnswer } from '@telltale/exporter-kit';
import { encodeRequest } from './encode-request.ts';
import { encodeWriteRequest } from './encode-write-request.ts';
import { NativeTrial } from './native-trial.ts';
import type { RemotePoint } from './remote-series.ts';
import { contentOf, described, missingOf, type Written, writtenOf } from './written.ts';

/** The versions of the protocol: prometheus.io/docs/specs/prw/remote_write_spec and remote_write_spec_2_0. */
export const REMOTE_WRITE_PROTOCOLS = ['2.0', '1.0'] as const;
export type RemoteWriteProtocol = (typeof REMOTE_WRITE_PROTOCOLS)[number];

/** Headers of the protocol, which nobody else may set. */
export const RESERVED_HEADERS = [
  'content-encoding',
  'content-type',
  'x-prometheus-remote-write-version',
  'user-agent',
] as const;

const HEADERS: Readonly<Record<RemoteWriteProtocol, Readonly<Record<(typeof RESERVED_HEADERS)[number], string>>>> = {
  '2.0': {
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
    'user-agent': 'telltale',
  },
  '1.0': {
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
    'user-agent': 'telltale',
  },
};

const CREDENTIALS = 'check `basicAuth`, `bearerToken` and `headers`';

export interface ReceiverOptions {
  readonly url: URL;
  readonly http: HttpClient;
  readonly headers: Readonly<Record<string, string>>;
  /** Without it, 2.0 as long as the receiver does not turn out to speak 1.0. */
  readonly protocol: RemoteWriteProtocol | undefined;
  /** Without it, with 2.0 unless the receiver turns out not to take them. */
  readonly nativeHistograms: boolean | undefined;
}

/** Who receives, and what is known of what it speaks. */
export class Receiver {
  private readonly options: ReceiverOptions;
  /** In what it has taken something. */
  private spoken: RemoteWriteProtocol | undefined;
  private readonly trial = new NativeTrial();

  constructor(options: ReceiverOptions) {
    this.options = options;
  }

  /** Samples and native histograms of a point, as they are sent next; the most that may become of them as long as the protocol is not known. */
  weigh(point: RemotePoint): number {
    const { protocol = this.spoken } = this.options;
    return point.series(protocol !== undefined && this.isNative(protocol)).length;
  }

  /** A request, as it is sent next. */
  encode(points: readonly RemotePoint[]): Uint8Array {
    return this.encodeAs(this.protocol, points);
  }

  /** Sends what `encode` gave for these points. Where 2.0 is not understood, they are sent as 1.0 at once. Rejects with an `ExportError`. */
  async send(body: Uint8Array, points: readonly RemotePoint[], context: ExportContext): Promise<ParcelAnswer | void> {
    const answer = await this.post(this.protocol, body, context);
    if (this.protocol === '1.0') return this.settleOld(answer);
    const written = writtenOf(answer);
    if (this.isUnderstood(answer, written)) return this.settle(answer, written, points);
    if (this.options.protocol !== undefined) throw notSpoken(answer, '2.0');
    const older = await this.post('1.0', this.encodeAs('1.0', points), context);
    // A receiver that knows only 1.0 may also blame the payload; but so does one that knows 2.0, and then 1.0 does not help.
    if (answer.status === 400 && isRefused(older)) throw errorOf(answer);
    if (older.status === 415) throw notSpoken(older, undefined);
    this.spoken = '1.0';
    this.settleOld(older);
  }

  private get protocol(): RemoteWriteProtocol {
    return this.options.protocol ?? this.spoken ?? '2.0';
  }

  private isNative(protocol: RemoteWriteProtocol): boolean {
    return this.options.nativeHistograms ?? (protocol === '2.0' && this.trial.native);
  }

  private encodeAs(protocol: RemoteWriteProtocol, points: readonly RemotePoint[]): Uint8Array {
    const native = this.isNative(protocol);
    return protocol === '2.0' ? encodeRequest(points, native) : encodeWriteRequest(points, native);
  }

  private post(protocol: RemoteWriteProtocol, body: Uint8Array, context: ExportContext): Promise<Answer> {
    const { http, url, headers } = this.options;
    return http.send({ url, headers: { ...headers, ...HEADERS[protocol] }, body }, context);
  }

  /** Whoever reads a request of 2.0 as one of 1.0 finds nothing in it, and answers with success. */
  private isUnderstood(answer: Answer, written: Written | undefined): boolean {
    if (written !== undefined) return true;
    const unknown = this.options.protocol === undefined && this.spoken === undefined;
    return !(answer.status === 415 || isSuccess(answer) || (answer.status === 400 && unknown));
  }

  private settle(
    answer: Answer,
    written: Written | undefined,
    points: readonly RemotePoint[],
  ): ParcelAnswer | undefined {
    if (written !== undefined) this.spoken = '2.0';
    const sent = contentOf(points, this.isNative('2.0'));
    const exponential = points.some((point) => point.exponential);
    this.trial.answered({ status: answer.status, sent, written, exponential });
    const error = isSuccess(answer) ? undefined : errorOf(answer);
    const tookNothing = written === undefined || written.samples + written.histograms + written.exemplars === 0;
    if (written === undefined || (error !== undefined && (error.retryable || tookNothing))) throw error;
    const refusedCount = missingOf(sent, written);
    if (refusedCount === 0) return undefined;
    const said = `${answer.target} has written ${described(sent, written)}`;
    return { refusedCount, reason: error === undefined ? said : `${said}: ${error.message}` };
  }

  private settleOld(answer: Answer): void {
    if (answer.status === 415) {
      this.spoken = undefined;
      throw notSpoken(answer, '1.0');
    }
    if (!isSuccess(answer)) throw errorOf(answer);
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** For good. */
function isRefused(answer: Answer): boolean {
  return !isSuccess(answer) && !errorOf(answer).retryable;
}

function errorOf(answer: Answer): ExportError {
  return answerError(answer, { credentials: CREDENTIALS }) as ExportError;
}

/** An address or a setting is wrong, which is mended from outside: what was recorded until then is kept. */
function notSpoken({ target, status }: Answer, protocol: RemoteWriteProtocol | undefined): ExportError {
  const what = status === 415 ? '' : ' without saying what it has written, as those do that know only 1.0';
  const mend = protocol === undefined ? 'check `url`' : 'leave `protocol` out, or check `url`';
  const versions = protocol ?? `${REMOTE_WRITE_PROTOCOLS.join(' nor ')}`;
  return new ExportError(`${target} answered ${status}${what}: it does not take remote write ${versions}; ${mend}`);
}
