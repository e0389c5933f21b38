import { procFile } from './proc-file.ts';

/** What went through a network interface since it is there. */
export interface NetworkInterface {
  readonly name: string;
  readonly receive: Traffic;
  readonly transmit: Traffic;
}

export interface Traffic {
  readonly bytes: number;
  readonly packets: number | undefined;
  readonly errors: number;
  readonly dropped: number;
}

/** The first so many, as the kernel lists them. */
const MAX_INTERFACES = 20;
/** The host's ends of containers' cables: one for each, with names that come and go. */
const CONTAINERS = /^(veth|cali|lxc|tap)/;

/** Those of `/proc/net/dev` that something went through. */
export function interfacesOf(lines: readonly string[]): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const line of lines) {
    const colon = line.lastIndexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    if (name === '' || numbers.length < 16 || CONTAINERS.test(name)) continue;
    const one = { name, receive: trafficOf(numbers.slice(0, 8)), transmit: trafficOf(numbers.slice(8)) };
    const used = one.receive.bytes + one.transmit.bytes > 0;
    if (used && found.length < MAX_INTERFACES) found.push(one);
  }
  return found;
}

/** Those that this process sees: its container's, in a container. */
export function networkInterfaces(): NetworkInterface[] {
  return interfacesOf(procFile('/proc/self/net/dev').split('\n'));
}

function trafficOf([bytes = 0, packets = 0, errors = 0, dropped = 0]: readonly number[]): Traffic {
  return { bytes, packets, errors, dropped };
}
