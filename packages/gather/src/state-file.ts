import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Pace } from '@telltale/core';
import { FreshRun } from './fresh-run.ts';
import { checkMessage, type Message, newUnpackr, packMessage } from './wire.ts';

/** A file of messages beside the socket: written as a whole, so that whoever reads it has all of it, of one time. */
export class StateFile {
  private readonly path: string;
  private readonly writing = new FreshRun(() => this.writeNow());
  private messages: () => Iterable<Message> = () => [];
  /** Milliseconds that writing it took last. */
  cost = 0;

  constructor(folder: string, name: string) {
    this.path = join(folder, name);
  }

  /** Writes what `messages` gives from now on; what is being written already does not count. Rejects as the file system does. */
  write(messages: () => Iterable<Message>): Promise<void> {
    this.messages = messages;
    return this.writing.run();
  }

  /** What was written last; nothing if there is no such file. */
  async read(): Promise<readonly Message[]> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.path);
    } catch {
      return [];
    }
    const messages: Message[] = [];
    const pace = new Pace();
    for await (const value of Readable.from([bytes]).pipe(newUnpackr())) {
      messages.push(checkMessage(value));
      if (pace.over()) await pace.rest();
    }
    return messages;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async writeNow(): Promise<void> {
    const pace = new Pace();
    const packed: Buffer[] = [];
    for (const message of this.messages()) {
      packed.push(packMessage(message));
      if (pace.over()) await pace.rest();
    }
    this.cost = pace.worked;
    const draft = `${this.path}.${process.pid}.${Math.random().toString(36).slice(2, 8)}`;
    try {
      await writeFile(draft, packed, { mode: 0o600 });
      await rename(draft, this.path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}
