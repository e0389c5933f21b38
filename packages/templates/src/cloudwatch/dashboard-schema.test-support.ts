import { Ajv } from 'ajv';

const TEXT = { type: 'string', minLength: 1 };
const ID = { type: 'string', pattern: '^[a-z][a-zA-Z0-9_]*$' };
const RENDERING = { label: { type: 'string' }, visible: { type: 'boolean' }, id: ID };

function closed(properties: Readonly<Record<string, unknown>>, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const EXPRESSION = {
  type: 'array',
  minItems: 1,
  maxItems: 1,
  items: closed({ expression: TEXT, ...RENDERING }, ['expression', 'id']),
};
/** Namespace, name, at most 30 dimensions, and how it is shown. */
const METRIC = {
  type: 'array',
  minItems: 3,
  maxItems: 63,
  items: {
    anyOf: [
      TEXT,
      closed(
        {
          stat: { type: 'string', pattern: '^(SampleCount|Sum|Average|Minimum|Maximum|p\\d{1,2}(\\.\\d+)?)$' },
          ...RENDERING,
        },
        ['stat'],
      ),
    ],
  },
};
const METRIC_PROPERTIES = closed(
  {
    title: TEXT,
    region: { type: 'string', pattern: '^[a-z]{2}(-[a-z]+)+-\\d$' },
    view: { enum: ['timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table'] },
    stacked: { type: 'boolean' },
    period: { type: 'integer', multipleOf: 60, minimum: 60 },
    metrics: { type: 'array', minItems: 1, maxItems: 100, items: { anyOf: [EXPRESSION, METRIC] } },
    yAxis: closed({ left: closed({ min: { type: 'number' }, label: TEXT, showUnits: { type: 'boolean' } }, []) }, []),
  },
  ['region', 'metrics'],
);

function widget(type: string, properties: object): object {
  const whole = (maximum: number, minimum = 0) => ({ type: 'integer', minimum, maximum });
  const place = { x: whole(23), y: whole(10_000), width: whole(24, 1), height: whole(1000, 1) };
  return closed({ type: { const: type }, ...place, properties }, ['type', 'x', 'y', 'width', 'height', 'properties']);
}

/** "Dashboard Body Structure and Syntax", CloudWatch API reference, as far as it is used here: AWS publishes no schema. */
const BODY = closed(
  {
    start: { type: 'string', pattern: '^-PT?\\d+[HDMW]$' },
    periodOverride: { enum: ['auto', 'inherit'] },
    widgets: {
      type: 'array',
      minItems: 1,
      maxItems: 500,
      items: { oneOf: [widget('text', closed({ markdown: TEXT }, ['markdown'])), widget('metric', METRIC_PROPERTIES)] },
    },
  },
  ['widgets'],
);

const validate = new Ajv({ strict: false, allErrors: true }).compile(BODY);

export function complaintsAboutBody(body: unknown): readonly string[] {
  validate(body);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
