import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { messageOf, type Telemetry } from '@telltale/core';

type Listener = (message: unknown) => void;

/** Listens to channels. What a listener throws would end the process, so it is caught. */
export class Subscriptions {
  private readonly telemetry: Telemetry;
  private readonly listeners = new Map<string, Listener>();

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  add<Message>(channel: string, listener: (message: Message) => void): void {
    const safe: Listener = (message) => {
      try {
        listener(message as Message);
      } catch (error) {
        this.telemetry.problem(channel, () => `A message of ${channel} is not understood: ${messageOf(error)}`);
      }
    };
    this.listeners.set(channel, safe);
    subscribe(channel, safe);
  }

  /** Puts the listener of a channel behind all others. */
  moveToEnd(channel: string): void {
    const listener = this.listeners.get(channel);
    if (listener === undefined) return;
    unsubscribe(channel, listener);
    subscribe(channel, listener);
  }

  end(): void {
    for (const [channel, listener] of this.listeners) unsubscribe(channel, listener);
    this.listeners.clear();
  }
}
