import { readFile } from 'node:fs/promises';
import { ExportError, messageOf } from '@telltale/core';
import { loadPeer } from '@telltale/exporter-kit';

/** What is used of `GoogleAuth` of google-auth-library (9 and later). */
export interface GoogleAuthLike {
  getRequestHeaders(): Promise<Headers | Readonly<Record<string, string | undefined>>>;
  getProjectId(): Promise<string>;
}

/** A token, with the seconds since the epoch at which it ends. Without an end it is used once. */
export interface AccessToken {
  readonly token: string;
  readonly expiresAt?: number;
}

export interface AuthorizationOptions {
  /** Default: GOOGLE_CLOUD_PROJECT, else that of the credentials or of the machine. */
  readonly projectId?: string;
  /** Path of a JSON key of a service account. Without this and the next three: Application Default Credentials. */
  readonly keyFile?: string;
  /** What such a key holds. */
  readonly credentials?: object;
  /** A `GoogleAuth` of google-auth-library that the service has made, with the scope cloud-platform, or monitoring.write and trace.append. */
  readonly auth?: GoogleAuthLike;
  /** Gives an access token; then google-auth-library is not needed. A token with an end is kept until a minute before it, any other is used once. */
  readonly getAccessToken?: () => Promise<string | AccessToken>;
}

/** A JSON key as Google hands it out, as far as it is read here. */
interface Key {
  readonly type?: string;
  readonly project_id?: string;
  readonly private_key_id?: string;
  readonly private_key?: string;
  readonly client_email?: string;
}

type GoogleAuthModule = typeof import('google-auth-library');

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];
/** Seconds before its end at which a token is renewed. */
const RENEW_BEFORE = 60;
const MEND =
  'set GOOGLE_APPLICATION_CREDENTIALS or `keyFile`, run on Google Cloud with a service account, or run `gcloud auth application-default login`';

/** Who writes, and into which project. Tokens are kept until shortly before their end, and asked for once however many want one. */
export class Authorization {
  private readonly options: AuthorizationOptions;
  private auth: GoogleAuthLike | undefined;
  private kept: AccessToken | undefined;
  private asking: Promise<Readonly<Record<string, string>>> | undefined;
  private project: string | undefined;

  constructor(options: AuthorizationOptions) {
    this.options = options;
    this.project = options.projectId;
  }

  /** Rejects with a sentence when the library is missing, or the project cannot be found out. */
  async projectId(): Promise<string> {
    if (this.project !== undefined) return this.project;
    const auth = await this.library();
    try {
      this.project = await auth.getProjectId();
    } catch (error) {
      throw new ExportError(
        `googleCloud() does not know the project (${messageOf(error)}): give \`projectId\` or set GOOGLE_CLOUD_PROJECT`,
        { cause: error },
      );
    }
    return this.project;
  }

  /** Headers that authorize a request. */
  headers(): Promise<Readonly<Record<string, string>>> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** The headers were refused: the next are made anew. */
  forget(): void {
    this.kept = undefined;
    this.auth = undefined;
  }

  /** Loads what is needed to authorize. */
  async library(): Promise<GoogleAuthLike> {
    const { auth, keyFile, credentials, projectId } = this.options;
    if (auth !== undefined) return auth;
    if (this.auth !== undefined) return this.auth;
    const library = await loadPeer<GoogleAuthModule>(
      'google-auth-library',
      'googleCloud()',
      () => import('google-auth-library'),
    );
    const key = keyFile === undefined ? (credentials as Key | undefined) : await readKey(keyFile);
    this.auth ??=
      key?.type === 'service_account'
        ? serviceAccount(library, key)
        : new library.GoogleAuth({
            scopes: SCOPES,
            ...(key !== undefined && { credentials: key }),
            ...(projectId !== undefined && { projectId }),
          });
    return this.auth;
  }

  private async ask(): Promise<Readonly<Record<string, string>>> {
    const { getAccessToken } = this.options;
    if (getAccessToken !== undefined) return { authorization: `Bearer ${await this.token(getAccessToken)}` };
    const auth = await this.library();
    try {
      const headers = await auth.getRequestHeaders();
      const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
      const lower = entries.map(([name, value]) => [name.toLowerCase(), value]);
      return Object.fromEntries(lower.filter(([, value]) => value !== undefined)) as Record<string, string>;
    } catch (error) {
      // A client that failed may have kept what it failed with.
      this.forget();
      throw new ExportError(`googleCloud() got no access token (${messageOf(error)}): ${MEND}`, { cause: error });
    }
  }

  private async token(ask: NonNullable<AuthorizationOptions['getAccessToken']>): Promise<string> {
    if (this.kept?.expiresAt !== undefined && Date.now() / 1000 < this.kept.expiresAt - RENEW_BEFORE) {
      return this.kept.token;
    }
    let given: string | AccessToken;
    try {
      given = await ask();
    } catch (error) {
      throw new ExportError(`googleCloud() got no access token from \`getAccessToken\` (${messageOf(error)})`, {
        cause: error,
      });
    }
    this.kept = typeof given === 'string' ? { token: given } : given;
    if (typeof this.kept?.token === 'string' && this.kept.token !== '') return this.kept.token;
    this.kept = undefined;
    throw new ExportError('`getAccessToken` of googleCloud() gave no token: give a text, or { token, expiresAt }');
  }
}

/** By its own class: GoogleAuth warns, on stderr, of keys whose kind it must find out. */
function serviceAccount({ JWT }: GoogleAuthModule, key: Key): GoogleAuthLike {
  const { client_email: email = '', private_key: privateKey = '', private_key_id: keyId } = key;
  const client = new JWT({ email, key: privateKey, scopes: SCOPES, ...(keyId !== undefined && { keyId }) });
  return {
    getRequestHeaders: () => client.getRequestHeaders(),
    async getProjectId() {
      if (key.project_id === undefined) throw new Error('the key has no project_id');
      return key.project_id;
    },
  };
}

async function readKey(keyFile: string): Promise<Key> {
  try {
    return JSON.parse(await readFile(keyFile, 'utf8')) as Key;
  } catch (error) {
    // The words of JSON.parse show a piece of the file, which is a secret.
    const why = error instanceof SyntaxError ? 'it is no JSON' : messageOf(error);
    throw new ExportError(`googleCloud() could not read \`keyFile\` ${keyFile} (${why})`);
  }
}
