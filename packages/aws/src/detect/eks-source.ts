import { open } from 'node:fs/promises';
import type { Source } from '@telltale/detector-kit';

/** Where Kubernetes puts the token of a pod ("Accessing the Kubernetes API from a Pod" of its documentation). */
const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const MAX_TOKEN = 16 * 1024;

/** `https://oidc.eks.eu-west-1.amazonaws.com/id/…`, in China `….amazonaws.com.cn/id/…` */
const ISSUER = /^https:\/\/oidc[.-]eks\.([a-z\d-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)\//;

const KEYS = ['cloud.provider', 'cloud.platform', 'cloud.region'] as const;

export const EKS = eksSource(TOKEN_FILE);

/**
 * A pod of EKS, by who issued the token that each pod has: that names region and service. OpenTelemetry's detector asks the cluster's API, for 4 s, on
 * every cluster of whatever cloud, and for something that pods may not read unless someone allows it: without permissions it finds nothing.
 */
export function eksSource(tokenFile: string): Source<(typeof KEYS)[number]> {
  return {
    name: 'aws_eks',
    keys: KEYS,
    isPossible: () => process.env.KUBERNETES_SERVICE_HOST !== undefined,
    ask: async (say) => {
      const region = ISSUER.exec(await issuerOf(tokenFile))?.[1];
      if (region === undefined) return;
      say({ 'cloud.provider': 'aws', 'cloud.platform': 'aws_eks', 'cloud.region': region });
    },
  };
}

/** Of a JSON Web Token; the signature is not looked at, nor is anything but the issuer kept. */
async function issuerOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_TOKEN), 0, MAX_TOKEN, 0);
    const [, payload = ''] = buffer.toString('latin1', 0, bytesRead).split('.');
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly iss?: unknown };
    return typeof iss === 'string' ? iss : '';
  } finally {
    await handle.close();
  }
}
