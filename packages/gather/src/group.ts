import cluster from 'node:cluster';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** By which children know the group of their parent. */
const VARIABLE = 'TELLTALE_GATHER';

export interface Group {
  /** Short: names of sockets end at about 100 bytes. */
  readonly id: string;
  /** Processes come and go in it, so it may be there before this one and after it. */
  readonly shared: boolean;
  /** Takes the variable back that tells the group to children. */
  release(): void;
}

/**
 * The group that this process and thread is in: the one named, else that of the parent, which tells it to its children in the environment,
 * else, for processes of PM2 and workers of a cluster whose primary tells nothing, that of the parent's children of this service, else its own.
 */
export function groupOf(name: string | undefined, service: string, protocol: number): Group {
  const { env } = process;
  const inherited = env[VARIABLE];
  const isSibling = env.pm_id !== undefined || cluster.isWorker;
  const id =
    name !== undefined
      ? hash(`name ${name} ${protocol}`)
      : (inherited ?? hash(`family ${family(isSibling ? process.ppid : process.pid)} ${service} ${protocol}`));
  const tells = inherited === undefined;
  if (tells) env[VARIABLE] = id;
  return {
    // Whatever is in the environment becomes the name of a folder.
    id: /^[\w-]{1,32}$/.test(id) ? id : hash(id),
    shared: name !== undefined || inherited !== undefined || isSibling || threadId > 0,
    release: () => {
      if (tells && env[VARIABLE] === id) delete env[VARIABLE];
    },
  };
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 16);
}

/** A process, as long as it lives: its number is given again, in a container to the very same program after each restart. */
function family(pid: number): string {
  try {
    // The 22nd field of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second may hold blanks and ends with a bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return String(pid);
  }
}
