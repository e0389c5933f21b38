export { awsDetectors } from './detect/aws-detectors.ts';
export { type BatchResponse, type EachRecordOptions, eachRecord, type RecordsEvent } from './lambda/each-record.ts';
export type { LambdaContext, LambdaFunction } from './lambda/lambda-function.ts';
export type { FlushOptions, LambdaOptions } from './lambda/lambda-options.ts';
export { lambdaTelemetry } from './lambda/lambda-telemetry.ts';
