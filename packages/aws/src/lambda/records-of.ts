import type { Attributes } from '@opentelemetry/api';
import { lowerCaseKeys } from './lower-case-keys.ts';
import type { FailureReports, RecordInfo } from './record-info.ts';
import { type Json, lastOfArn, numberOf, objectOf, textOf, timeOf } from './shapes.ts';

/** What triggers a function by OpenTelemetry's conventions. */
export type FaasTrigger = 'http' | 'pubsub' | 'datasource' | 'timer' | 'other';

/** Records of one kind, as an event has them. */
export interface Batch {
  readonly trigger: FaasTrigger;
  readonly failures: FailureReports;
  readonly records: readonly RecordInfo[];
  /** `messaging.system`; `undefined` where the source is no messaging system. */
  readonly system: string | undefined;
  /** On the invocation's span. */
  readonly spanAttributes: Attributes;
}

interface Source {
  readonly trigger: FaasTrigger;
  readonly failures: FailureReports;
  readonly system?: string;
  read(record: Json): RecordInfo;
}

const SQS: Source = {
  trigger: 'pubsub',
  failures: 'each',
  system: 'aws_sqs',
  read(raw) {
    const attributes = objectOf(raw.attributes) ?? {};
    const attempt = numberOf(attributes.ApproximateReceiveCount);
    const queue = lastOfArn(raw.eventSourceARN);
    const isFifo = queue?.endsWith('.fifo') === true;
    return {
      raw,
      id: textOf(raw.messageId),
      queue,
      // After a failure it was hidden, not waiting, and nothing says for how long.
      sentAt: attempt === undefined || attempt <= 1 ? numberOf(attributes.SentTimestamp) : undefined,
      attempt,
      carrier: carrierOf(raw.messageAttributes, 'stringValue') ?? carrierOfNotification(raw.body),
      xray: textOf(attributes.AWSTraceHeader),
      group: isFifo ? (textOf(attributes.MessageGroupId) ?? '') : undefined,
      spanAttributes: message('aws_sqs', queue, raw.messageId),
    };
  },
};

const SNS: Source = {
  trigger: 'pubsub',
  failures: 'none',
  system: 'aws.sns',
  read(raw) {
    const sns = objectOf(raw.Sns) ?? {};
    const queue = lastOfArn(sns.TopicArn);
    return {
      ...single(raw),
      queue,
      sentAt: timeOf(sns.Timestamp),
      carrier: carrierOf(sns.MessageAttributes, 'Value'),
      spanAttributes: message('aws.sns', queue, sns.MessageId),
    };
  },
};

const KINESIS: Source = {
  trigger: 'pubsub',
  failures: 'checkpoint',
  system: 'aws_kinesis',
  read(raw) {
    const kinesis = objectOf(raw.kinesis) ?? {};
    const queue = lastOfArn(raw.eventSourceARN);
    return {
      ...single(raw),
      id: textOf(kinesis.sequenceNumber),
      queue,
      sentAt: milliseconds(kinesis.approximateArrivalTimestamp),
      group: '',
      spanAttributes: message('aws_kinesis', queue, raw.eventID),
    };
  },
};

const DYNAMODB: Source = {
  trigger: 'datasource',
  failures: 'checkpoint',
  read(raw) {
    const change = objectOf(raw.dynamodb) ?? {};
    const table = tableOf(raw.eventSourceARN);
    return {
      ...single(raw),
      id: textOf(change.SequenceNumber),
      queue: table,
      sentAt: milliseconds(change.ApproximateCreationDateTime),
      group: '',
      spanAttributes: document(table, operationOf(raw.eventName), change.ApproximateCreationDateTime, undefined),
    };
  },
};

const S3: Source = {
  trigger: 'datasource',
  failures: 'none',
  read(raw) {
    const s3 = objectOf(raw.s3) ?? {};
    const bucket = textOf(objectOf(s3.bucket)?.name);
    return {
      ...single(raw),
      queue: bucket,
      sentAt: timeOf(raw.eventTime),
      spanAttributes: document(bucket, operationOf(raw.eventName), raw.eventTime, textOf(objectOf(s3.object)?.key)),
    };
  },
};

const SOURCES: ReadonlyMap<unknown, Source> = new Map([
  ['aws:sqs', SQS],
  ['aws:sns', SNS],
  ['aws:kinesis', KINESIS],
  ['aws:dynamodb', DYNAMODB],
  ['aws:s3', S3],
]);

/** The records of an event; `undefined` for one that has none, or of a source that is not known. */
export function batchOf(event: unknown): Batch | undefined {
  const records = objectOf(event)?.Records;
  if (!Array.isArray(records) || records.length === 0) return undefined;
  const first = objectOf(records[0]);
  // SNS alone writes it with a capital letter.
  const source = SOURCES.get(first?.eventSource ?? first?.EventSource);
  if (source === undefined) return undefined;
  const { trigger, failures, system } = source;
  const infos = records
    .map((record) => source.read(objectOf(record) ?? {}))
    .map((info, i) => ({ ...info, raw: records[i] }));
  const queue = infos[0]?.queue;
  return {
    trigger,
    failures,
    records: infos,
    system,
    spanAttributes:
      system === undefined
        ? (infos.length === 1 && infos[0]?.spanAttributes) || {}
        : {
            ...message(system, queue, undefined),
            ...(infos.length > 1 && { 'messaging.batch.message_count': infos.length }),
          },
  };
}

/** Those of a source that is not known here: each is a job, and that is all that can be said. */
export function unknownBatchOf(event: unknown): Batch | undefined {
  const records: unknown = objectOf(event)?.Records;
  if (!Array.isArray(records)) return undefined;
  return {
    trigger: 'other',
    failures: 'none',
    records: records.map((raw: unknown) => ({ ...single(raw), spanAttributes: {} })),
    system: undefined,
    spanAttributes: {},
  };
}

/** What most sources do not tell. */
function single(raw: unknown) {
  return {
    raw,
    id: undefined,
    queue: undefined,
    sentAt: undefined,
    attempt: undefined,
    carrier: undefined,
    xray: undefined,
    group: undefined,
  } satisfies Partial<RecordInfo>;
}

function message(system: string, queue: string | undefined, id: unknown): Attributes {
  const attributes: Attributes = {
    'messaging.system': system,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
  };
  if (queue !== undefined) attributes['messaging.destination.name'] = queue;
  if (typeof id === 'string') attributes['messaging.message.id'] = id;
  return attributes;
}

function document(
  collection: string | undefined,
  operation: string,
  time: unknown,
  name: string | undefined,
): Attributes {
  const at = typeof time === 'number' ? new Date(time * 1000).toISOString() : textOf(time);
  return {
    'faas.document.operation': operation,
    ...(collection !== undefined && { 'faas.document.collection': collection }),
    ...(at !== undefined && { 'faas.document.time': at }),
    ...(name !== undefined && { 'faas.document.name': name }),
  };
}

/** The conventions know insert, edit and delete. */
function operationOf(eventName: unknown): string {
  const name = textOf(eventName) ?? '';
  if (/remove/i.test(name)) return 'delete';
  return name === 'MODIFY' ? 'edit' : 'insert';
}

function milliseconds(seconds: unknown): number | undefined {
  const number = numberOf(seconds);
  return number === undefined ? undefined : number * 1000;
}

/** `arn:aws:dynamodb:region:account:table/name/stream/time` */
function tableOf(arn: unknown): string | undefined {
  return textOf(textOf(arn)?.split('/')[1]);
}

/** The text attributes of a message, by their names in lower case. */
function carrierOf(attributes: unknown, member: string): Record<string, unknown> | undefined {
  const entries = Object.entries(objectOf(attributes) ?? {});
  if (entries.length === 0) return undefined;
  return lowerCaseKeys(entries.map(([key, value]) => [key, objectOf(value)?.[member]]));
}

/** A queue that is subscribed to a topic without raw delivery has the attributes in the body. */
function carrierOfNotification(body: unknown): Record<string, unknown> | undefined {
  if (typeof body !== 'string' || !body.startsWith('{') || !body.includes('"MessageAttributes"')) return undefined;
  try {
    const parsed = objectOf(JSON.parse(body));
    return parsed?.Type === 'Notification' ? carrierOf(parsed.MessageAttributes, 'Value') : undefined;
  } catch {
    return undefined;
  }
}
