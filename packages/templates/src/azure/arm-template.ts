import type { AlertRule, Severity } from '@telltale/alerts';
import { limitOf, messageOf } from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';
import type { AlertQuery } from './alert-query.ts';
import { RESOURCE } from './workbook.ts';

type Json = Readonly<Record<string, unknown>>;

/** 0 is the severest. */
const SEVERITIES = { critical: 0, error: 1, warning: 2, info: 3 } as const satisfies Record<Severity, number>;
const OPERATORS = { '>': 'GreaterThan', '>=': 'GreaterThanOrEqual', '<': 'LessThan', '<=': 'LessThanOrEqual' } as const;

export interface NamedQuery {
  readonly rule: AlertRule;
  readonly asked: AlertQuery;
}

/** Workbook and alerts of one Application Insights resource. */
export function armTemplate(
  workbook: Json,
  alerts: readonly NamedQuery[],
  metricOf: (name: string) => OwnMetric,
): Json {
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: {
      applicationInsightsId: {
        type: 'string',
        metadata: { description: 'Resource id of the Application Insights resource that the services send to' },
      },
      actionGroupId: {
        type: 'string',
        defaultValue: '',
        metadata: { description: 'Resource id of the action group that is told; empty: nobody is' },
      },
      location: {
        type: 'string',
        defaultValue: '[resourceGroup().location]',
        metadata: { description: 'That of the Application Insights resource' },
      },
      prefix: { type: 'string', defaultValue: 'telltale', metadata: { description: 'Before the names of the alerts' } },
    },
    variables: { workbook: literal(JSON.stringify(workbook)) },
    resources: [workbookResource(), ...alerts.map((alert) => alertResource(alert, metricOf))],
  };
}

function workbookResource(): Json {
  return {
    type: 'Microsoft.Insights/workbooks',
    apiVersion: '2022-04-01',
    name: "[guid(resourceGroup().id, parameters('applicationInsightsId'), 'telltale')]",
    location: "[parameters('location')]",
    kind: 'shared',
    properties: {
      displayName: 'Telltale',
      category: 'workbook',
      version: '1.0',
      sourceId: "[parameters('applicationInsightsId')]",
      serializedData: `[replace(variables('workbook'), '${RESOURCE}', parameters('applicationInsightsId'))]`,
    },
  };
}

function alertResource({ rule, asked }: NamedQuery, metricOf: (name: string) => OwnMetric): Json {
  const { query, window, periods, measure, is, threshold, groups } = asked;
  const word = (label: string): string => (label === 'value' ? limitOf(rule.when, metricOf) : `<${label}>`);
  return {
    type: 'Microsoft.Insights/scheduledQueryRules',
    apiVersion: '2022-06-15',
    name: `[concat(parameters('prefix'), '-${rule.name}')]`,
    location: "[parameters('location')]",
    kind: 'LogAlert',
    tags: { 'telltale-rule': rule.name },
    properties: {
      displayName: `[concat(parameters('prefix'), ' ${rule.name}')]`,
      description: literal(messageOf(rule, word)),
      severity: SEVERITIES[rule.severity ?? 'warning'],
      enabled: true,
      scopes: ["[parameters('applicationInsightsId')]"],
      evaluationFrequency: 'PT5M',
      windowSize: `PT${window}M`,
      criteria: {
        allOf: [
          {
            query: literal(query),
            timeAggregation: measure === undefined ? 'Count' : 'Maximum',
            ...(measure !== undefined && { metricMeasureColumn: measure }),
            dimensions: groups.map((name) => ({ name, operator: 'Include', values: ['*'] })),
            operator: OPERATORS[is],
            threshold,
            failingPeriods: { numberOfEvaluationPeriods: periods, minFailingPeriodsToAlert: periods },
          },
        ],
      },
      autoMitigate: true,
      actions: {
        actionGroups:
          "[if(empty(parameters('actionGroupId')), createArray(), createArray(parameters('actionGroupId')))]",
      },
    },
  };
}

/** What begins with a bracket would be an expression. */
function literal(text: string): string {
  return text.startsWith('[') ? `[${text}` : text;
}
