import { azureTemplates } from '../azure/azure.ts';
import { cloudwatchTemplates } from '../cloudwatch/cloudwatch.ts';
import { datadogTemplates } from '../datadog/datadog.ts';
import { googleCloudTemplates } from '../google-cloud/google-cloud.ts';
import type { Target } from '../target.ts';

/** The targets whose backends are clouds, by the names that the command line has for them. */
export const CLOUD_TARGETS = {
  cloudwatch: {
    description: 'CloudWatch dashboard and alarms: CloudFormation and Terraform',
    next: [
      'Give service-views.json to the service: createTelemetry({ metrics: { views } }).',
      'Deploy cloudformation.json, or main.tf.json, with the namespace, service, environment and SNS topic as parameters; README.md has the commands.',
    ],
    make: (options) => cloudwatchTemplates(options).files,
  },
  'google-cloud': {
    description: 'Google Cloud dashboard and alert policies',
    next: [
      'Create them: gcloud monitoring dashboards create --config-from-file=dashboard.json; gcloud monitoring policies create --policy-from-file=alerts/….json',
    ],
    make: (options) => googleCloudTemplates(options).files,
  },
  azure: {
    description: 'Azure workbook and log alerts: ARM template',
    next: [
      'Deploy it: az deployment group create --template-file azuredeploy.json --parameters applicationInsightsId=…',
    ],
    make: (options) => azureTemplates(options).files,
  },
  datadog: {
    description: 'Datadog dashboard and monitors: JSON of the API, and Terraform',
    next: [
      'terraform apply -var notify=@slack-ops, or POST dashboard.json and monitors/….json to the API; README.md has the commands.',
    ],
    make: (options) => datadogTemplates(options).files,
  },
} as const satisfies Readonly<Record<string, Target>>;
