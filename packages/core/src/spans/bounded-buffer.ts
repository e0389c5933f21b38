/** A queue that never holds more than `capacity` items: when it is full, new ones are dropped and counted. */
export class BoundedBuffer<T> {
  readonly capacity: number;
  private items: (T | undefined)[];
  private head: number;
  private length: number;
  private lost: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.items = [];
    this.head = 0;
    this.length = 0;
    this.lost = 0;
  }

  get size(): number {
    return this.length;
  }

  /** How many items were dropped since the beginning. */
  get dropped(): number {
    return this.lost;
  }

  /** Adds an item at the end. `false`: it was dropped, because the buffer is full. */
  push(item: T): boolean {
    if (this.length >= this.capacity) {
      this.lost++;
      return false;
    }
    // The ring grows as it is first filled, so an idle buffer costs nothing.
    const tail = this.head + this.length;
    this.items[tail < this.capacity ? tail : tail - this.capacity] = item;
    this.length++;
    return true;
  }

  /** Removes and returns up to `max` items, the oldest first. */
  take(max: number): T[] {
    const count = Math.min(max, this.length);
    const taken: T[] = [];
    for (let i = 0; i < count; i++) {
      taken.push(this.items[this.head] as T);
      this.items[this.head] = undefined; // not kept alive by the ring
      this.head = this.head + 1 === this.capacity ? 0 : this.head + 1;
    }
    this.length -= taken.length;
    if (this.length === 0) this.head = 0; // a buffer that is emptied in time stays as small as its batches
    return taken;
  }
}
