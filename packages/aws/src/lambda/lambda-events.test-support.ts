/** Events as Lambda's guide has them, with as much as anyone reads. */

const ACCOUNT = '123456789012';

export function httpApiEvent(routeKey: string, body?: unknown, headers: Record<string, string> = {}) {
  const [method = 'GET', path = '/'] = routeKey.split(' ');
  const rawPath = path.replace(/\{[^}]+\}/g, '42');
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: 'colour=red',
    headers: { 'x-forwarded-proto': 'https', 'user-agent': 'test', ...headers },
    requestContext: {
      domainName: 'abc.execute-api.eu-west-1.amazonaws.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'r',
      routeKey,
      stage: '$default',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

export function functionUrlEvent(path: string, body?: unknown) {
  const event = httpApiEvent(`GET ${path}`, body);
  return {
    ...event,
    routeKey: '$default',
    requestContext: { ...event.requestContext, domainName: 'abc.lambda-url.eu-west-1.on.aws', routeKey: '$default' },
  };
}

export function restApiEvent(method: string, resource: string, body?: unknown, headers: Record<string, string> = {}) {
  return {
    resource,
    path: resource.replace(/\{[^}]+\}/g, '42'),
    httpMethod: method,
    headers: { 'X-Forwarded-Proto': 'https', 'User-Agent': 'test', ...headers },
    multiValueHeaders: {},
    queryStringParameters: { colour: 'red' },
    multiValueQueryStringParameters: { colour: ['red', 'blue'] },
    requestContext: { resourcePath: resource, httpMethod: method, identity: { sourceIp: '192.0.2.1' }, stage: 'prod' },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
  };
}

export function loadBalancerEvent(method: string, path: string, headers: Record<string, string[]> = {}) {
  return {
    requestContext: { elb: { targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:${ACCOUNT}:targetgroup/shop/1` } },
    httpMethod: method,
    path,
    multiValueQueryStringParameters: {},
    multiValueHeaders: { 'x-forwarded-for': ['192.0.2.1'], 'x-forwarded-proto': ['http'], ...headers },
    body: '',
    isBase64Encoded: false,
  };
}

export interface SqsOptions {
  readonly queue?: string;
  readonly body?: unknown;
  readonly sentAt?: number;
  readonly receives?: number;
  readonly group?: string;
  readonly traceparent?: string;
  readonly xray?: string;
}

export function sqsRecord(messageId: string, options: SqsOptions = {}) {
  const { queue = 'orders', body = {}, sentAt = Date.now() - 2000, receives = 1, group, traceparent, xray } = options;
  return {
    messageId,
    receiptHandle: `handle-${messageId}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(sentAt + 5),
      ...(group !== undefined && { MessageGroupId: group }),
      ...(xray !== undefined && { AWSTraceHeader: xray }),
    },
    messageAttributes:
      traceparent === undefined
        ? {}
        : { traceparent: { stringValue: traceparent, dataType: 'String', stringListValues: [] } },
    md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-west-1:${ACCOUNT}:${queue}`,
    awsRegion: 'eu-west-1',
  };
}

export function sqsEvent(...records: readonly ReturnType<typeof sqsRecord>[]) {
  return { Records: records };
}

export function snsEvent(body: unknown, traceparent?: string) {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:sold:1`,
        Sns: {
          Type: 'Notification',
          MessageId: 'sns-1',
          TopicArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:sold`,
          Message: JSON.stringify(body),
          Timestamp: new Date(Date.now() - 1000).toISOString(),
          MessageAttributes: traceparent === undefined ? {} : { traceparent: { Type: 'String', Value: traceparent } },
        },
      },
    ],
  };
}

export function kinesisEvent(...numbers: readonly string[]) {
  return {
    Records: numbers.map((sequenceNumber) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: 'p',
        sequenceNumber,
        data: 'e30=',
        approximateArrivalTimestamp: Date.now() / 1000 - 3,
      },
      eventSource: 'aws:kinesis',
      eventID: `shard:${sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      eventSourceARN: `arn:aws:kinesis:eu-west-1:${ACCOUNT}:stream/clicks`,
    })),
  };
}

export function dynamodbEvent(...names: readonly string[]) {
  return {
    Records: names.map((eventName, i) => ({
      eventID: `${i}`,
      eventName,
      eventSource: 'aws:dynamodb',
      dynamodb: {
        ApproximateCreationDateTime: Date.now() / 1000 - 1,
        SequenceNumber: `${100 + i}`,
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/orders/stream/2026-01-01T00:00:00.000`,
    })),
  };
}

export function s3Event(key: string) {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventTime: new Date(Date.now() - 1500).toISOString(),
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'images', arn: 'arn:aws:s3:::images' }, object: { key, size: 1024 } },
      },
    ],
  };
}

export function busEvent(type: string, detail: unknown) {
  return {
    version: '0',
    id: 'event-1',
    'detail-type': type,
    source: 'com.example.shop',
    account: ACCOUNT,
    time: new Date(Date.now() - 4000).toISOString(),
    region: 'eu-west-1',
    resources: [],
    detail,
  };
}

export function scheduledEvent(rule: string) {
  return {
    ...busEvent('Scheduled Event', {}),
    source: 'aws.events',
    resources: [`arn:aws:events:eu-west-1:${ACCOUNT}:rule/${rule}`],
  };
}
