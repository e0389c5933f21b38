import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';

interface ReflectedType {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

interface Protobufjs {
  readonly Root: { fromJSON(json: unknown): { resolveAll(): { lookupType(name: string): ReflectedType } } };
}

interface Serializer {
  fromProto3JSON(type: ReflectedType, json: unknown): unknown;
  toProto3JSON(message: unknown): unknown;
}

const require = createRequire(import.meta.url);

/** Sends JSON through a published message and back. What it gives says where something was lost, which is where it is unknown; throws for values of a wrong type. */
export function lostInProto(protos: unknown, message: string): (json: unknown) => string | undefined {
  const serializer = require('proto3-json-serializer') as Serializer;
  // The copy of protobufjs that the serializer works with.
  const { Root } = createRequire(require.resolve('proto3-json-serializer'))('protobufjs') as Protobufjs;
  const type = Root.fromJSON(protos).resolveAll().lookupType(message);
  return (json) => {
    const bytes = type.encode(serializer.fromProto3JSON(type, json)).finish();
    return lost(json, serializer.toProto3JSON(type.decode(bytes)), '');
  };
}

/** Proto3 does not write what is the default: zeros, empty texts and lists, false. */
function lost(given: unknown, back: unknown, path: string): string | undefined {
  if (typeof given !== 'object' || given === null) return isDeepStrictEqual(given, back) ? undefined : path;
  for (const [key, value] of Object.entries(given)) {
    const found = (back as Readonly<Record<string, unknown>> | undefined)?.[key];
    const isDefault =
      value === 0 ||
      value === '' ||
      value === false ||
      (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
    if (found === undefined && isDefault) continue;
    const deeper =
      found === undefined ? `${path}${key}` : lost(value, found, Array.isArray(given) ? path : `${path}${key}`);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
