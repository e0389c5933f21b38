/**
 * A transfer list that tells when it is read: pools hand it to `postMessage` together with the task, at the moment when a thread gets it. No
 * pool tells that otherwise. What is transferred besides is an empty buffer of ours, which is no part of the task.
 */
export class HandOverList extends Array<unknown> {
  private readonly onHandOver: () => void;

  constructor(items: readonly unknown[] | undefined, onHandOver: () => void) {
    // The first place stays empty, so that whoever reads it finds the getter below. One of each list's own takes three times as long.
    super(items === undefined ? 1 : items.length + 1);
    this.onHandOver = onHandOver;
    if (items !== undefined) for (let at = 0; at < items.length; at++) this[at + 1] = items[at];
  }

  get 0(): ArrayBuffer {
    this.onHandOver();
    return new ArrayBuffer(0);
  }
}
