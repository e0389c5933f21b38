import type { Frame } from '../../../src/frame.ts';
import { Connection, type ConnectionParts, type Mode } from './connection.ts';
import { frameLines } from './frame-lines.ts';
import { LineStore } from './line-store.ts';

/** All that the page knows of the service, and whether it still hears of it. */
export class LiveState {
  readonly lines = new LineStore();
  frame: Frame | undefined;
  mode: Mode = 'off';
  paused = false;
  /** Browser's clock, in seconds, when the last frame came. */
  heard = 0;
  private hidden = false;
  private readonly connection: Connection;
  private readonly clock: () => number;
  private readonly listeners = new Set<() => void>();

  /** `clock`: seconds since the Unix epoch. */
  constructor(parts: ConnectionParts, clock: () => number) {
    this.clock = clock;
    this.connection = new Connection(parts, {
      mode: (mode) => {
        this.mode = mode;
        this.changed();
      },
      frame: (frame) => {
        if (frame.epoch !== this.frame?.epoch) this.lines.clear();
        this.lines.append(frame.time, frameLines(frame));
        this.frame = frame;
        this.heard = clock();
        this.changed();
      },
      history: (history) => {
        this.lines.merge(history);
        this.changed();
      },
    });
  }

  /** The server's time now, as far as the last frame tells; stands still while the page does. */
  now(): number {
    const passed = this.paused || this.frame === undefined ? 0 : Math.max(0, this.clock() - this.heard);
    return (this.frame?.time ?? this.clock()) + passed;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A page that nobody sees asks for nothing. */
  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    this.follow();
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    this.follow();
    this.changed();
  }

  start(): void {
    this.follow();
  }

  hurry(): void {
    this.connection.hurry();
  }

  private follow(): void {
    if (this.hidden || this.paused) this.connection.stop();
    else this.connection.start();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
