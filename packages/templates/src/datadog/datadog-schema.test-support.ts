import { Ajv } from 'ajv';

const TEXT = { type: 'string', minLength: 1 };

function closed(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = Object.keys(properties),
): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const whole = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });
const LAYOUT = closed({ x: whole(0, 11), y: whole(0, 10_000), width: whole(1, 12), height: whole(1, 1000) });

/** `TimeseriesWidgetDefinition` of Datadog's API as far as it is used here. */
const TIMESERIES = closed({
  type: { const: 'timeseries' },
  title: TEXT,
  show_legend: { type: 'boolean' },
  legend_layout: { enum: ['auto', 'horizontal', 'vertical'] },
  requests: {
    type: 'array',
    minItems: 1,
    items: closed({
      response_format: { const: 'timeseries' },
      queries: {
        type: 'array',
        minItems: 1,
        items: closed({
          data_source: { const: 'metrics' },
          name: { type: 'string', pattern: '^query\\d$' },
          query: TEXT,
        }),
      },
      formulas: { type: 'array', minItems: 1, items: closed({ formula: TEXT, alias: TEXT }, ['formula']) },
      display_type: { enum: ['area', 'bars', 'line', 'overlay'] },
    }),
  },
});

/** `Dashboard`. */
const DASHBOARD = closed({
  title: TEXT,
  description: TEXT,
  layout_type: { enum: ['ordered', 'free'] },
  reflow_type: { enum: ['auto', 'fixed'] },
  template_variables: {
    type: 'array',
    items: closed({
      name: TEXT,
      prefix: TEXT,
      available_values: { type: 'array', items: TEXT },
      defaults: { type: 'array', minItems: 1, items: TEXT },
    }),
  },
  widgets: {
    type: 'array',
    items: closed({
      definition: closed({
        type: { const: 'group' },
        layout_type: { const: 'ordered' },
        title: TEXT,
        widgets: { type: 'array', minItems: 1, items: closed({ definition: TIMESERIES, layout: LAYOUT }) },
      }),
      layout: LAYOUT,
    }),
  },
});

/** `Monitor`. */
const MONITOR = closed({
  name: TEXT,
  type: { enum: ['query alert', 'composite'] },
  query: TEXT,
  message: TEXT,
  tags: { type: 'array', items: { type: 'string', pattern: '^[^:]+:.+$' } },
  priority: whole(1, 5),
  options: closed(
    {
      include_tags: { type: 'boolean' },
      require_full_window: { type: 'boolean' },
      thresholds: closed({ critical: { type: 'number' } }),
      notify_no_data: { type: 'boolean' },
      no_data_timeframe: whole(2, 100_000),
    },
    ['include_tags'],
  ),
});

const ajv = new Ajv({ strict: false, allErrors: true });
const checks = { dashboard: ajv.compile(DASHBOARD), monitor: ajv.compile(MONITOR) };

/**
 * By the structure that https://docs.datadoghq.com/api/latest/ documents, with nothing besides. Datadog's own schema (the OpenAPI file of its API clients)
 * is 1.7 MB and not part of this repository; README says when it was run.
 */
export function complaintsAbout(what: keyof typeof checks, value: unknown): readonly string[] {
  const check = checks[what];
  check(value);
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
