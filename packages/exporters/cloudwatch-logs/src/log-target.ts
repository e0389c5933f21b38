import type {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type ExportContext, ExportError } from '@telltale/core';
import type { AwsConnection, ParcelAnswer } from '@telltale/exporter-kit';
import type { LogEvent } from './log-batches.ts';
import { BYTES_PER_EVENT } from './log-message.ts';

/** As much of the SDK's library as is used. */
export interface LogsSdk {
  readonly PutLogEventsCommand: typeof PutLogEventsCommand;
  readonly CreateLogGroupCommand: typeof CreateLogGroupCommand;
  readonly CreateLogStreamCommand: typeof CreateLogStreamCommand;
  readonly PutRetentionPolicyCommand: typeof PutRetentionPolicyCommand;
}

interface PutLogEventsAnswer {
  readonly rejectedLogEventsInfo?: {
    readonly tooNewLogEventStartIndex?: number;
    readonly tooOldLogEventEndIndex?: number;
    readonly expiredLogEventEndIndex?: number;
  };
}

type Context = Pick<ExportContext, 'signal' | 'request'>;

const NOT_FOUND = 'ResourceNotFoundException';
const EXISTS = 'ResourceAlreadyExistsException';

/** A stream of a log group. Both are made when CloudWatch Logs says that they are missing, be it at the start or later. */
export class LogTarget {
  private readonly connection: AwsConnection<LogsSdk>;
  private readonly group: string;
  private readonly retentionInDays: number | undefined;

  constructor(connection: AwsConnection<LogsSdk>, group: string, retentionInDays: number | undefined) {
    this.connection = connection;
    this.group = group;
    this.retentionInDays = retentionInDays;
  }

  /** Sends events to a stream. Says which of them were refused. */
  async put(events: readonly LogEvent[], stream: string, context: Context): Promise<ParcelAnswer> {
    const charged = events.reduce((bytes, { message }) => bytes + Buffer.byteLength(message) + BYTES_PER_EVENT, 0);
    // AWS charges by the text of the events, which is less than the JSON around it on the wire.
    const counted = {
      signal: context.signal,
      request: async (bytes: number): Promise<void> => context.request?.(bytes, charged),
    };
    const send = () =>
      this.connection.call(
        (sdk) =>
          new sdk.PutLogEventsCommand({ logGroupName: this.group, logStreamName: stream, logEvents: [...events] }),
        'logs:PutLogEvents',
        counted,
      );
    let answer: unknown;
    try {
      answer = await send();
    } catch (error) {
      if (!isAbout(error, NOT_FOUND)) throw error;
      await this.prepare(stream, context);
      answer = await send().catch((again: unknown) => {
        throw isAbout(again, NOT_FOUND) ? setUp(again) : again;
      });
    }
    return refusedOf(answer as PutLogEventsAnswer, events.length);
  }

  private async prepare(stream: string, context: Context): Promise<void> {
    try {
      if (await this.createStream(stream, context)) return;
      await this.createGroup(context);
      await this.createStream(stream, context);
    } catch (error) {
      throw setUp(error);
    }
  }

  /** `false` when its group is missing. */
  private async createStream(stream: string, context: Context): Promise<boolean> {
    const names = { logGroupName: this.group, logStreamName: stream };
    const made = this.connection.call(
      (sdk) => new sdk.CreateLogStreamCommand(names),
      `logs:CreateLogStream (or create the stream ${stream} of ${this.group})`,
      context,
    );
    return made.then(
      () => true,
      (error: unknown) => {
        if (isAbout(error, EXISTS)) return true;
        if (isAbout(error, NOT_FOUND)) return false;
        throw error;
      },
    );
  }

  private async createGroup(context: Context): Promise<void> {
    const logGroupName = this.group;
    try {
      await this.connection.call(
        (sdk) => new sdk.CreateLogGroupCommand({ logGroupName }),
        `logs:CreateLogGroup (or create the group ${logGroupName})`,
        context,
      );
    } catch (error) {
      // Another process was faster, and sets how long it is kept.
      if (isAbout(error, EXISTS)) return;
      throw error;
    }
    const { retentionInDays } = this;
    if (retentionInDays === undefined) return;
    await this.connection.call(
      (sdk) => new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays }),
      'logs:PutRetentionPolicy',
      context,
    );
  }
}

/** By the name that the SDK gives what a service answered. */
function isAbout(error: unknown, name: string): boolean {
  return error instanceof ExportError && error.cause instanceof Error && error.cause.name === name;
}

/** What fails before the events are asked about is not their fault. */
function setUp(error: unknown): unknown {
  if (!(error instanceof ExportError)) return error;
  const { message, retryAfter } = error;
  return new ExportError(message, { cause: error, ...(retryAfter !== undefined && { retryAfter }) });
}

/** Those before an end index were too old, those from a start index on too far ahead. */
function refusedOf({ rejectedLogEventsInfo }: PutLogEventsAnswer, count: number): ParcelAnswer {
  if (rejectedLogEventsInfo === undefined) return {};
  const {
    tooNewLogEventStartIndex = count,
    tooOldLogEventEndIndex = 0,
    expiredLogEventEndIndex = 0,
  } = rejectedLogEventsInfo;
  const end = Math.max(tooOldLogEventEndIndex, expiredLogEventEndIndex);
  const refused = Array.from({ length: count }, (_, i) => i).filter((i) => i < end || i >= tooNewLogEventStartIndex);
  return {
    refused,
    reason: `CloudWatch Logs refused ${refused.length} by their time: it takes two weeks back, less where the log group keeps less, and two hours ahead`,
  };
}
