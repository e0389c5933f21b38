export { googleCloudDetectors } from './google-cloud-detectors.ts';
