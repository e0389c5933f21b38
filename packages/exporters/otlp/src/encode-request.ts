import { ProtobufWriter } from '@telltale/exporter-kit';
import { encodeAttributes } from './encode-attributes.ts';
import { PER_RESOURCE, PER_SCOPE, REQUEST, RESOURCE, SCOPE } from './fields.ts';
import type { ResourceGroup } from './group-by-origin.ts';
import { groupByOrigin, type Originated } from './group-by-origin.ts';
import type { OtlpShape } from './otlp-options.ts';

/** An `Export…ServiceRequest`: the three signals nest their items alike, and differ in these only. */
export function encodeRequest<T extends Originated>(
  items: readonly T[],
  shape: OtlpShape,
  encodeItem: (writer: ProtobufWriter, field: number, item: T) => void,
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const group of groupByOrigin(items)) encodeGroup(writer, group, shape, encodeItem);
  return writer.finish();
}

function encodeGroup<T>(
  writer: ProtobufWriter,
  { resource, scopes }: ResourceGroup<T>,
  shape: OtlpShape,
  encodeItem: (writer: ProtobufWriter, field: number, item: T) => void,
): void {
  const perResource = writer.begin(REQUEST.resources);
  const origin = writer.begin(PER_RESOURCE.resource);
  encodeAttributes(writer, RESOURCE.attributes, shape.resource?.(resource.attributes) ?? resource.attributes);
  writer.end(origin);
  for (const { scope, items } of scopes) {
    const perScope = writer.begin(PER_RESOURCE.scopes);
    if (scope !== undefined) {
      const named = writer.begin(PER_SCOPE.scope);
      writer.string(SCOPE.name, scope.name);
      if (scope.version !== undefined) writer.string(SCOPE.version, scope.version);
      if (scope.attributes !== undefined) encodeAttributes(writer, SCOPE.attributes, scope.attributes);
      writer.end(named);
    }
    for (const item of items) encodeItem(writer, PER_SCOPE.items, item);
    if (scope?.schemaUrl !== undefined) writer.string(PER_SCOPE.schemaUrl, scope.schemaUrl);
    writer.end(perScope);
  }
  writer.end(perResource);
}
