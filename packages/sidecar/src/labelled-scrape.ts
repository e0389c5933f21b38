import { createHash } from 'node:crypto';
import type {
  AttributeValue,
  Exporter,
  MetricReader,
  MetricsSource,
  Point,
  Resource,
  SeriesAttributes,
} from '@telltale/core';

const INSTANCE = 'service.instance.id';
const HASH_DIGITS = 16;

/**
 * The same exporter, to which each series says whose instance it is, and each `target_info`, too. Without it two instances of a service would be
 * one series in a scrape: a sum, that falls when one of them goes.
 */
export function withInstances<E extends Exporter>(exporter: E): E {
  const { start } = exporter;
  return {
    ...exporter,
    ...(start !== undefined && { start: (source: MetricsSource) => start.call(exporter, new LabelledSource(source)) }),
  };
}

class LabelledSource implements MetricsSource {
  readonly resource: Resource;
  private readonly source: MetricsSource;
  private readonly resources = new WeakMap<Resource, Resource>();
  private readonly attributes = new WeakMap<SeriesAttributes, SeriesAttributes>();

  constructor(source: MetricsSource) {
    this.source = source;
    this.resource = source.resource;
  }

  async open(): Promise<readonly MetricReader[]> {
    return (await this.source.open()).map((reader) =>
      reader.resource === this.resource ? reader : this.labelled(reader),
    );
  }

  onLead(listener: (leads: boolean) => void): void {
    if (this.source.onLead === undefined) listener(true);
    else this.source.onLead(listener);
  }

  problem(subject: string, message: string): void {
    this.source.problem(subject, message);
  }

  private labelled(reader: MetricReader): MetricReader {
    const resource = this.resourceOf(reader.resource);
    const instance = resource.attributes[INSTANCE] as AttributeValue;
    const labelled = (point: Point): Point => ({ ...point, attributes: this.attributesOf(point.attributes, instance) });
    return {
      ...reader,
      resource,
      *read() {
        for (const point of reader.read()) yield labelled(point);
      },
    } as MetricReader;
  }

  private resourceOf(resource: Resource): Resource {
    let labelled = this.resources.get(resource);
    if (labelled === undefined) {
      labelled = Object.freeze({
        attributes: Object.freeze({ ...resource.attributes, [INSTANCE]: instanceOf(resource) }),
      });
      this.resources.set(resource, labelled);
    }
    return labelled;
  }

  /** The same object in each scrape. */
  private attributesOf(attributes: SeriesAttributes, instance: AttributeValue): SeriesAttributes {
    let labelled = this.attributes.get(attributes);
    if (labelled === undefined) {
      labelled = Object.freeze({ ...attributes, [INSTANCE]: instance });
      this.attributes.set(attributes, labelled);
    }
    return labelled;
  }
}

/** Never empty; for a service that does not say, another one for another resource. */
function instanceOf({ attributes }: Resource): AttributeValue {
  const { [INSTANCE]: told } = attributes;
  if (told !== undefined && told !== '') return told;
  return createHash('sha256').update(JSON.stringify(attributes)).digest('hex').slice(0, HASH_DIGITS);
}
