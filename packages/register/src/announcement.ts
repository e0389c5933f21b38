import type { ConfiguredExporter } from '@telltale/config';

/** Tells once where everything goes to, when those that serve have their ports. */
export class Announcement {
  private readonly addresses: string[] = [];
  private readonly others: readonly string[];
  /** How many that serve have not said yet how it went. */
  private waiting: number;
  private readonly tell: (where: string) => void;

  constructor(exporters: readonly ConfiguredExporter[], tell: (where: string) => void) {
    this.others = exporters.filter(({ isServed, signals }) => !isServed && signals.length > 0).map(destination);
    this.waiting = exporters.filter(({ isServed }) => isServed).length;
    this.tell = tell;
    if (this.waiting === 0) tell(this.others.length === 0 ? 'nothing is exported' : this.others.join(', '));
  }

  serves(url: string): void {
    this.addresses.push(`metrics at ${url}`);
    this.settle();
  }

  /** The exporter itself says why. */
  cannotServe(): void {
    this.settle();
  }

  private settle(): void {
    const all = [...this.addresses, ...this.others];
    if (--this.waiting === 0 && all.length > 0) this.tell(all.join(', '));
  }
}

function destination({ name, type, signals }: ConfiguredExporter): string {
  return `${signals.join(' and ')} ${type === 'console' ? 'on standard output' : `to ${name}`}`;
}
