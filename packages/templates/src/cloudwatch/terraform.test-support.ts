import { hcl } from '../clouds/hcl.test-support.ts';
import type { Resource } from './stack.test-support.ts';

type Json = Readonly<Record<string, unknown>>;

/** Arguments of hashicorp/aws 5, from the provider's documentation: it publishes its schema only through its binary. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  aws_cloudwatch_dashboard: ['dashboard_name', 'dashboard_body'],
  aws_cloudwatch_metric_alarm: [
    ...['alarm_name', 'alarm_description', 'actions_enabled', 'alarm_actions', 'ok_actions', 'comparison_operator'],
    ...['threshold', 'evaluation_periods', 'datapoints_to_alarm', 'treat_missing_data', 'metric_query', 'tags'],
  ],
  aws_cloudwatch_composite_alarm: [
    'alarm_name',
    'alarm_description',
    'alarm_actions',
    'ok_actions',
    'alarm_rule',
    'tags',
    'actions_enabled',
  ],
};

interface Module {
  readonly locals: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** What differs from the stack of CloudFormation, or what Terraform would not take. */
export async function terraformComplaints(
  module: unknown,
  given: Readonly<Record<string, string>>,
  stack: Readonly<Record<string, Resource>>,
): Promise<readonly string[]> {
  const complaints: string[] = [];
  const { resource, locals } = module as Module;
  // Each string of the JSON is a template of HCL, as the text of a here document is.
  const documents = textsOf(module).map((text, i) => `  t${i} = <<END_OF_TEXT\n${text}\nEND_OF_TEXT\n`);
  await hcl
    .parse('texts.tf', `locals {\n${documents.join('')}}\n`)
    .catch((error: unknown) => complaints.push(`${error}`));
  for (const [type, made] of Object.entries(resource)) {
    for (const [id, properties] of Object.entries(made)) {
      for (const name of Object.keys(properties))
        if (!ARGUMENTS[type]?.includes(name)) complaints.push(`${type}.${id}.${name} is unknown`);
    }
  }
  const known: Record<string, string> = { 'data.aws_region.current.name': 'eu-west-1' };
  for (const [name, value] of Object.entries(given)) known[`var.${name}`] = value;
  // A condition on the environment is all that locals with texts have.
  for (const [name, expression] of Object.entries(locals)) {
    const chosen = /^\$\{var\.environment == "" \? "" : (".*")\}$/s.exec(expression)?.[1];
    if (chosen !== undefined)
      known[`local.${name}`] = given.environment === '' ? '' : filled(JSON.parse(chosen) as string, known);
  }
  const body = filled(String(resource.aws_cloudwatch_dashboard?.telltale?.dashboard_body), known);
  const expected = String(stack.Dashboard?.Properties.DashboardBody);
  if (body !== expected) complaints.push(`the dashboard is another: ${body.slice(0, 500)}`);
  const alarms = resource.aws_cloudwatch_metric_alarm ?? {};
  const theirs = Object.entries(stack).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
  if (Object.keys(alarms).join() !== theirs.map(([id]) => id).join()) complaints.push('there are other alarms');
  for (const [id, { Properties }] of theirs) {
    const mine = queriesOf((alarms[id]?.metric_query ?? []) as readonly Json[], known, 'expression');
    const wanted = queriesOf(Properties.Metrics as readonly Json[], known, 'Expression');
    if (mine !== wanted) complaints.push(`${id} has ${mine}, not ${wanted}`);
    if (
      alarms[id]?.threshold !== Properties.Threshold ||
      alarms[id]?.evaluation_periods !== Properties.EvaluationPeriods
    )
      complaints.push(`${id} has another threshold`);
    if (filled(String(alarms[id]?.alarm_description), known) !== Properties.AlarmDescription)
      complaints.push(`${id} says something else`);
  }
  return complaints;
}

function queriesOf(queries: readonly Json[], known: Readonly<Record<string, string>>, key: string): string {
  return queries.map((query) => filled(String(query[key] ?? ''), known)).join('; ');
}

function filled(text: string, known: Readonly<Record<string, string>>): string {
  return text
    .replaceAll(/(?<!\$)\$\{([^}"]+)\}/g, (whole, name: string) => known[name] ?? whole)
    .replaceAll('$${', '${')
    .replaceAll('%%{', '%{');
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
