export { type AzureDetectorOptions, azureDetectors } from './azure-detectors.ts';
