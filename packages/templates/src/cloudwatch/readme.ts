import type { ServiceView } from './roll-up.ts';

/** What is to be done with the files. */
export function readmeOf(alarms: number, views: readonly ServiceView[]): readonly string[] {
  const rollUps = views.filter(({ name }) => name !== undefined);
  return [
    '# Telltale in CloudWatch',
    '',
    `A dashboard and ${alarms} alarms for one service, made by \`@telltale/templates\`.`,
    '',
    '1. Give `service-views.json` to the service. It adds roll-ups, which percentiles and ratios need, as an alarm must name the exact dimensions of its series:',
    '',
    '   ```ts',
    "   import views from './service-views.json' with { type: 'json' };",
    '   createTelemetry({ metrics: { views }, … });',
    '   ```',
    '',
    '2. Deploy one of the two:',
    '',
    '   ```sh',
    '   aws cloudformation deploy --stack-name checkout-telltale --template-file cloudformation.json \\',
    '     --parameter-overrides Namespace=Checkout Service=checkout Environment=production TopicArn=arn:aws:sns:…',
    '   terraform apply -var namespace=Checkout -var service=checkout -var environment=production   # main.tf.json in a folder of its own',
    '   ```',
    '',
    'Namespace, Service and Environment must be those of the service (`cloudwatch({ namespace })`, `service.name`, `service.environment`; empty without one).',
    '',
    `Roll-ups: ${rollUps.map(({ name }) => `\`${name}\``).join(', ')}.`,
  ];
}
