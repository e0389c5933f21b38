import { Distribution } from './distribution.ts';
import type { Timeline } from './timeline.ts';

/** How much came in each slot of a window. Holds no memory before something comes. */
export class NumberHistory {
  private readonly timeline: Timeline;
  private slots: Float64Array | undefined = undefined;
  private last = -1;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  add(amount: number): void {
    if (amount === 0) return;
    const { last, capacity } = this.timeline;
    this.slots ??= new Float64Array(capacity);
    for (let slot = Math.max(this.last + 1, last - capacity + 1); slot <= last; slot++) this.slots[slot % capacity] = 0;
    this.last = last;
    this.slots[last % capacity] = (this.slots[last % capacity] as number) + amount;
  }

  /** All of the window. */
  sum(): number {
    const { timeline, slots } = this;
    let sum = 0;
    if (slots === undefined) return sum;
    for (let slot = this.last; slot >= timeline.oldest; slot--) {
      const share = timeline.share(slot);
      if (share === 0) break;
      sum += share * (slots[slot % timeline.capacity] as number);
    }
    return sum;
  }
}

/** What was recorded in each slot of a window. Slots in which nothing was hold no memory. */
export class DistributionHistory {
  private readonly timeline: Timeline;
  private readonly slots: (Distribution | undefined)[] = [];
  private last = -1;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  /** The slot that is being filled. */
  current(): Distribution {
    this.forget();
    const at = this.timeline.last % this.timeline.capacity;
    this.slots[at] ??= new Distribution();
    return this.slots[at];
  }

  /** All of the window. */
  sum(): Distribution {
    const { timeline } = this;
    this.forget();
    const sum = new Distribution();
    for (let slot = timeline.last; slot >= timeline.oldest; slot--) {
      const share = timeline.share(slot);
      if (share === 0) break;
      const one = this.slots[slot % timeline.capacity];
      if (one !== undefined) sum.addAll(one, share);
    }
    return sum;
  }

  private forget(): void {
    const { last, capacity } = this.timeline;
    for (let slot = Math.max(this.last + 1, last - capacity + 1); slot <= last; slot++) {
      this.slots[slot % capacity] = undefined;
    }
    this.last = last;
  }
}
