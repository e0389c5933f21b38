export { type Detector, detectorOf, type Found, type Source } from './detector.ts';
export { checkDetectorOptions, DETECTOR_TIMEOUT, type DetectorOptions } from './detector-options.ts';
export { type MetadataAnswer, type MetadataRequest, requestMetadata, requestMetadataJson } from './metadata-request.ts';
