export { type AnswerErrorOptions, answerError } from './answer-error.ts';
export { type BucketValue, bucketValues } from './bucket-values.ts';
export { checkExporterOptions, type ExporterOptions, exporterOf } from './exporter-options.ts';
export { type Answer, HttpClient, type HttpClientOptions, type HttpRequest } from './http-client.ts';
export { loadPeer } from './load-peer.ts';
export { type Parcel, type ParcelAnswer, type Shipment, sendParcels } from './send-parcels.ts';
