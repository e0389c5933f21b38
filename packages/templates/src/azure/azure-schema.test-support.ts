import { Ajv } from 'ajv';

const TEXT = { type: 'string', minLength: 1 };

function closed(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = Object.keys(properties),
): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const PARAMETER = closed(
  {
    version: { const: 'KqlParameterItem/1.0' },
    id: { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' },
    name: TEXT,
    label: TEXT,
    type: { enum: [2, 4] },
    isRequired: { type: 'boolean' },
    multiSelect: { type: 'boolean' },
    quote: TEXT,
    delimiter: TEXT,
    query: TEXT,
    value: {},
    typeSettings: { type: 'object' },
    timeContextFromParameter: TEXT,
    queryType: { const: 0 },
    resourceType: { const: 'microsoft.insights/components' },
  },
  ['version', 'id', 'name', 'type'],
);

/** A workbook as far as it is used here, from Microsoft's `workbook.json` (Application-Insights-Workbooks), but closed: that one takes anything besides. */
const WORKBOOK = closed({
  version: { const: 'Notebook/1.0' },
  $schema: { type: 'string', pattern: '^https://github.com/Microsoft/Application-Insights-Workbooks/' },
  fallbackResourceIds: { type: 'array', minItems: 1, items: TEXT },
  items: {
    type: 'array',
    items: {
      oneOf: [
        closed({ type: { const: 1 }, content: closed({ json: TEXT }), name: TEXT }),
        closed({
          type: { const: 3 },
          content: closed({
            version: { const: 'KqlItem/1.0' },
            query: TEXT,
            size: { enum: [0, 1, 2, 3, 4] },
            title: TEXT,
            timeContextFromParameter: { const: 'TimeRange' },
            queryType: { const: 0 },
            resourceType: { const: 'microsoft.insights/components' },
            visualization: { enum: ['timechart', 'table', 'linechart'] },
          }),
          customWidth: { type: 'string', pattern: '^\\d{1,3}$' },
          name: TEXT,
        }),
        closed({
          type: { const: 9 },
          content: closed({
            version: { const: 'KqlParameterItem/1.0' },
            parameters: { type: 'array', items: PARAMETER },
            style: { enum: ['pills', 'above', 'left'] },
            queryType: { const: 0 },
            resourceType: { const: 'microsoft.insights/components' },
          }),
          name: TEXT,
        }),
      ],
    },
  },
});

const EXPRESSION = { type: 'string', pattern: '^\\[[^[].*\\]$' };
/** "Microsoft.Insights scheduledQueryRules", 2022-06-15, as far as it is used here. */
const RULE = closed({
  type: { const: 'Microsoft.Insights/scheduledQueryRules' },
  apiVersion: { const: '2022-06-15' },
  name: EXPRESSION,
  location: EXPRESSION,
  kind: { const: 'LogAlert' },
  tags: { type: 'object', additionalProperties: { type: 'string', maxLength: 256 } },
  properties: closed({
    displayName: EXPRESSION,
    description: TEXT,
    severity: { enum: [0, 1, 2, 3, 4] },
    enabled: { type: 'boolean' },
    scopes: { type: 'array', minItems: 1, maxItems: 1, items: EXPRESSION },
    evaluationFrequency: { const: 'PT5M' },
    windowSize: {
      enum: ['5', '10', '15', '30', '45', '60', '120', '180', '240', '300', '360', '1440', '2880'].map(
        (minutes) => `PT${minutes}M`,
      ),
    },
    criteria: closed({
      allOf: {
        type: 'array',
        minItems: 1,
        maxItems: 1,
        items: closed(
          {
            query: TEXT,
            timeAggregation: { enum: ['Average', 'Count', 'Maximum', 'Minimum', 'Total'] },
            metricMeasureColumn: TEXT,
            dimensions: {
              type: 'array',
              maxItems: 6,
              items: closed({
                name: { type: 'string', pattern: '^\\w+$' },
                operator: { enum: ['Include', 'Exclude'] },
                values: { type: 'array', items: TEXT },
              }),
            },
            operator: { enum: ['GreaterThan', 'GreaterThanOrEqual', 'LessThan', 'LessThanOrEqual', 'Equals'] },
            threshold: { type: 'number' },
            failingPeriods: closed({
              numberOfEvaluationPeriods: { type: 'integer', minimum: 1, maximum: 6 },
              minFailingPeriodsToAlert: { type: 'integer', minimum: 1, maximum: 6 },
            }),
          },
          ['query', 'timeAggregation', 'dimensions', 'operator', 'threshold', 'failingPeriods'],
        ),
      },
    }),
    autoMitigate: { type: 'boolean' },
    actions: closed({ actionGroups: EXPRESSION }),
  }),
});

const WORKBOOK_RESOURCE = closed({
  type: { const: 'Microsoft.Insights/workbooks' },
  apiVersion: { const: '2022-04-01' },
  name: EXPRESSION,
  location: EXPRESSION,
  kind: { const: 'shared' },
  properties: closed({
    displayName: TEXT,
    category: { const: 'workbook' },
    version: TEXT,
    sourceId: EXPRESSION,
    serializedData: EXPRESSION,
  }),
});

const TEMPLATE = closed({
  $schema: { const: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#' },
  contentVersion: { type: 'string', pattern: '^\\d+(\\.\\d+){3}$' },
  parameters: {
    type: 'object',
    additionalProperties: closed(
      { type: { const: 'string' }, defaultValue: { type: 'string' }, metadata: closed({ description: TEXT }) },
      ['type'],
    ),
  },
  variables: closed({ workbook: { type: 'string', pattern: '^\\{' } }),
  resources: { type: 'array', items: { oneOf: [WORKBOOK_RESOURCE, RULE] } },
});

const ajv = new Ajv({ strict: false, allErrors: true });
const checks = { workbook: ajv.compile(WORKBOOK), template: ajv.compile(TEMPLATE) };

export function complaintsAbout(what: keyof typeof checks, value: unknown): readonly string[] {
  const check = checks[what];
  check(value);
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
