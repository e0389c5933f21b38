import { azureTemplates } from './azure/azure.ts';
import { type CloudWatchTemplateOptions, cloudwatchTemplates } from './cloudwatch/cloudwatch.ts';
import { datadogTemplates } from './datadog/datadog.ts';
import { type GoogleCloudTemplateOptions, googleCloudTemplates } from './google-cloud/google-cloud.ts';
import type { TemplateFile, TemplateOptions } from './target.ts';

/** A dashboard and alarms, for CloudFormation and Terraform. What of the rules CloudWatch cannot do is in the file README.md. */
export function cloudwatch(options?: CloudWatchTemplateOptions): readonly TemplateFile[] {
  return cloudwatchTemplates(options).files;
}

/** A dashboard and alert policies. What of the rules Google Cloud cannot do is in the file README.md. */
export function googleCloud(options?: GoogleCloudTemplateOptions): readonly TemplateFile[] {
  return googleCloudTemplates(options).files;
}

/** A workbook and log alerts, as an ARM template. What of the rules Azure cannot do is in the file README.md. */
export function azure(options?: TemplateOptions): readonly TemplateFile[] {
  return azureTemplates(options).files;
}

/** A dashboard and monitors, for the API and Terraform. What of the rules Datadog cannot do is in the file README.md. */
export function datadog(options?: TemplateOptions): readonly TemplateFile[] {
  return datadogTemplates(options).files;
}
