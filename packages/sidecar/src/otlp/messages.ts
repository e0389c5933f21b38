import protobuf from 'protobufjs/light.js';

/** `repeated`: a list; `optional`: that it was not sent means something else than its default. */
type Field = readonly [id: number, type: string];

// Names and numbers are those of https://github.com/open-telemetry/opentelemetry-proto, version 1. The requests of the three signals are alike, so
// one message stands for them. What there may be many of (metrics, their points, spans, log records) is read as bytes and decoded one by one, so
// that a large request holds the process at no time for long. Enumerations are numbers. Fields that are not here are skipped.
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Request: { resources: [1, 'repeated PerResource'] },
  PerResource: { resource: [1, 'Resource'], scopes: [2, 'repeated PerScope'] },
  PerScope: { scope: [1, 'Scope'], items: [2, 'repeated bytes'], schemaUrl: [3, 'string'] },
  Resource: { attributes: [1, 'repeated KeyValue'] },
  Scope: { name: [1, 'string'], version: [2, 'string'], attributes: [3, 'repeated KeyValue'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'optional string'],
    boolValue: [2, 'optional bool'],
    intValue: [3, 'optional int64'],
    doubleValue: [4, 'optional double'],
    arrayValue: [5, 'optional ArrayValue'],
    kvlistValue: [6, 'optional KeyValueList'],
    bytesValue: [7, 'optional bytes'],
  },
  ArrayValue: { values: [1, 'repeated AnyValue'] },
  KeyValueList: { values: [1, 'repeated KeyValue'] },
  Metric: {
    name: [1, 'string'],
    description: [2, 'string'],
    unit: [3, 'string'],
    gauge: [5, 'Data'],
    sum: [7, 'Data'],
    histogram: [9, 'Data'],
    exponentialHistogram: [10, 'Data'],
    summary: [11, 'Data'],
  },
  Data: { dataPoints: [1, 'repeated bytes'], aggregationTemporality: [2, 'int32'], isMonotonic: [3, 'bool'] },
  NumberPoint: {
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    asDouble: [4, 'optional double'],
    exemplars: [5, 'repeated Exemplar'],
    asInt: [6, 'optional sfixed64'],
    attributes: [7, 'repeated KeyValue'],
    flags: [8, 'uint32'],
  },
  HistogramPoint: {
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    count: [4, 'fixed64'],
    sum: [5, 'optional double'],
    bucketCounts: [6, 'repeated fixed64'],
    explicitBounds: [7, 'repeated double'],
    exemplars: [8, 'repeated Exemplar'],
    attributes: [9, 'repeated KeyValue'],
    flags: [10, 'uint32'],
    min: [11, 'optional double'],
    max: [12, 'optional double'],
  },
  ExponentialPoint: {
    attributes: [1, 'repeated KeyValue'],
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    count: [4, 'fixed64'],
    sum: [5, 'optional double'],
    scale: [6, 'sint32'],
    zeroCount: [7, 'fixed64'],
    positive: [8, 'Buckets'],
    negative: [9, 'Buckets'],
    flags: [10, 'uint32'],
    exemplars: [11, 'repeated Exemplar'],
    min: [12, 'optional double'],
    max: [13, 'optional double'],
    zeroThreshold: [14, 'double'],
  },
  Buckets: { offset: [1, 'sint32'], bucketCounts: [2, 'repeated uint64'] },
  SummaryPoint: {
    startTimeUnixNano: [2, 'fixed64'],
    timeUnixNano: [3, 'fixed64'],
    count: [4, 'fixed64'],
    sum: [5, 'optional double'],
    quantileValues: [6, 'repeated Quantile'],
    attributes: [7, 'repeated KeyValue'],
    flags: [8, 'uint32'],
  },
  Quantile: { quantile: [1, 'double'], value: [2, 'double'] },
  Exemplar: {
    timeUnixNano: [2, 'fixed64'],
    asDouble: [3, 'optional double'],
    spanId: [4, 'bytes'],
    traceId: [5, 'bytes'],
    asInt: [6, 'optional sfixed64'],
    filteredAttributes: [7, 'repeated KeyValue'],
  },
  Span: {
    traceId: [1, 'bytes'],
    spanId: [2, 'bytes'],
    traceState: [3, 'string'],
    parentSpanId: [4, 'bytes'],
    name: [5, 'string'],
    kind: [6, 'int32'],
    startTimeUnixNano: [7, 'fixed64'],
    endTimeUnixNano: [8, 'fixed64'],
    attributes: [9, 'repeated KeyValue'],
    droppedAttributesCount: [10, 'uint32'],
    events: [11, 'repeated SpanEvent'],
    droppedEventsCount: [12, 'uint32'],
    links: [13, 'repeated Link'],
    droppedLinksCount: [14, 'uint32'],
    status: [15, 'Status'],
    flags: [16, 'fixed32'],
  },
  SpanEvent: {
    timeUnixNano: [1, 'fixed64'],
    name: [2, 'string'],
    attributes: [3, 'repeated KeyValue'],
    droppedAttributesCount: [4, 'uint32'],
  },
  Link: {
    traceId: [1, 'bytes'],
    spanId: [2, 'bytes'],
    traceState: [3, 'string'],
    attributes: [4, 'repeated KeyValue'],
    droppedAttributesCount: [5, 'uint32'],
    flags: [6, 'fixed32'],
  },
  Status: { message: [2, 'string'], code: [3, 'int32'] },
  LogRecord: {
    timeUnixNano: [1, 'fixed64'],
    body: [5, 'AnyValue'],
    attributes: [6, 'repeated KeyValue'],
    traceId: [9, 'bytes'],
    spanId: [10, 'bytes'],
    eventName: [12, 'string'],
  },
  // Answers: `Export…ServiceResponse`, whose names differ in JSON only, and `google.rpc.Status`.
  Response: { partialSuccess: [1, 'PartialSuccess'] },
  PartialSuccess: { rejected: [1, 'int64'], errorMessage: [2, 'string'] },
  RpcStatus: { code: [1, 'int32'], message: [2, 'string'] },
};

/** Messages of OTLP as protobufjs' types, by name. */
export function otlpMessages(): (name: keyof typeof MESSAGES) => protobuf.Type {
  const nested = Object.entries(MESSAGES).map(([name, fields]) => [name, messageOf(fields)]);
  const root = protobuf.Root.fromJSON({ nested: Object.fromEntries(nested) });
  const types = new Map(Object.keys(MESSAGES).map((name) => [name, root.lookupType(name)]));
  return (name) => types.get(name) as protobuf.Type;
}

function messageOf(fields: Readonly<Record<string, Field>>): protobuf.IType {
  const oneofs: Record<string, protobuf.IOneOf> = {};
  const described = Object.entries(fields).map(([name, [id, text]]): [string, protobuf.IField] => {
    const [type = text, rule] = text.split(' ').reverse();
    if (rule === 'optional') oneofs[`_${name}`] = { oneof: [name] };
    return [name, { id, type, ...(rule === 'repeated' && { rule }) }];
  });
  return { fields: Object.fromEntries(described), oneofs };
}
