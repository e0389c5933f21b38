import 'reflect-metadata';

/**
 * The keys under which Nest's optional packages keep what their decorators say, the same in Nest 11 and 12. Written out, because importing
 * them would load the packages. In `constants.js` of @nestjs/microservices and @nestjs/websockets, and `schedule.constants.js` and
 * `bull.constants.js` of @nestjs/schedule and @nestjs/bullmq.
 */
export const MESSAGE_HANDLER = 'microservices:handler_type';
export const CLIENT = 'microservices:is_client_instance';
export const SUBSCRIPTION = 'websockets:message_mapping';
export const GATEWAY = 'websockets:is_gateway';
export const GATEWAY_OPTIONS = 'websockets:gateway_options';
export const GATEWAY_PORT = 'port';
export const SCHEDULER = 'SCHEDULER_TYPE';
export const SCHEDULER_NAME = 'SCHEDULER_NAME';
export const PROCESSOR = 'bullmq:processor_metadata';

/** What a decorator has said of a method or class, or of a property. */
export function metadataOf(key: string, target: object, property?: string): unknown {
  return property === undefined ? Reflect.getMetadata(key, target) : Reflect.getMetadata(key, target, property);
}
