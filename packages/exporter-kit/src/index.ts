export { type AnswerErrorOptions, answerError, retryAfterOf } from './answer-error.ts';
export { type AwsClient, AwsRequestHandler, callAws } from './aws-caller.ts';
export {
  AWS_OPTIONS,
  AwsConnection,
  type AwsCredentials,
  type AwsOptions,
  type AwsService,
  checkAwsOptions,
} from './aws-connection.ts';
export { type AwsErrorHints, awsError } from './aws-error.ts';
export { type BucketValue, type BucketValuesOptions, bucketValues } from './bucket-values.ts';
export { compress } from './compress.ts';
export { checkExporterOptions, type ExporterOptions, exporterOf } from './exporter-options.ts';
export {
  type Answer,
  HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  unansweredError,
} from './http-client.ts';
export { loadPeer } from './load-peer.ts';
export { perResource } from './per-resource.ts';
export { microsOf, ProtobufWriter } from './protobuf-writer.ts';
export { type Parcel, type ParcelAnswer, type Shipment, sendParcels } from './send-parcels.ts';
