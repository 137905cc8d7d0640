import { Problem, request } from './rest';
import { takingTurns, Tabs } from './tabs';

export type SessionState =
  | { status: 'unknown' }
  /** The server can't be reached, so nobody knows whether there is a session. */
  | { status: 'unreachable' }
  | { status: 'signed-out'; reason?: 'expired' | 'left' | 'deleted' }
  | { status: 'signed-in'; userId: string };

export interface Credentials {
  email: string;
  password: string;
}

export interface Registration extends Credentials {
  name: string;
  phone?: string;
}

/** Remembers whether somebody has signed in here, so that nobody else's first visit begins with a refusal. It is no secret. */
export interface Hint {
  read(): boolean;
  write(isSignedIn: boolean): void;
}

interface AccessToken {
  access_token: string;
  expires_in: number;
}

interface Held {
  token: string;
  userId: string;
  /** By our own clock, which may be wrong: only its differences count. */
  renewAt: number;
  expiresAt: number;
}

const USERS = '/api/v1/users';
/** How long before its end a token is renewed. */
const AHEAD_MS = 5 * 60_000;
/** So that not all tabs of everybody renew in the same second. */
const JITTER_MS = 60_000;
/** After a renewal that the server could not be reached for. */
const RETRY_MS = 20_000;

export class NoSession extends Error {}

function userIdOf(token: string): string {
  const payload = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
  return (JSON.parse(atob(payload)) as { sub: string }).sub;
}

/** Whether the server says that there is no session, or that it knows no sessions. */
const meansNoSession = (error: unknown) => error instanceof Problem && [401, 403, 404].includes(error.status);

/** Who is signed in. The access token is held in memory alone; what survives a reload is the server's cookie, which no script sees. */
export class Session {
  #state: SessionState = { status: 'unknown' };
  #held: Held | undefined;
  #renewing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDeleting = false;
  readonly #listeners = new Set<() => void>();
  readonly #renewed = new Set<() => void>();
  readonly #tabs = new Tabs((event) => this.#heard(event));

  constructor(readonly hint: Hint = { read: () => true, write: () => undefined }) {}

  readonly state = () => this.#state;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls the function whenever there is a newer token of the same user. */
  onRenewed(listener: () => void): () => void {
    this.#renewed.add(listener);
    return () => this.#renewed.delete(listener);
  }

  /** Finds out whether there is a session already. */
  async restore(): Promise<void> {
    if (!this.hint.read()) return this.#become({ status: 'signed-out' });
    try {
      await this.renew();
    } catch (error) {
      if (this.#state.status !== 'unknown' && this.#state.status !== 'unreachable') return;
      if (error instanceof NoSession) this.hint.write(false);
      this.#become(error instanceof NoSession ? { status: 'signed-out' } : { status: 'unreachable' });
    }
  }

  async signIn(credentials: Credentials): Promise<void> {
    this.#hold(await login(credentials));
    this.#tabs.tell('signed-in');
  }

  async signUp(registration: Registration): Promise<void> {
    await request('POST', `${USERS}/register`, registration);
    await this.signIn(registration);
  }

  async signOut(): Promise<void> {
    try {
      await request('POST', `${USERS}/logout`, {}, this.#held?.token);
    } catch (error) {
      if (!meansNoSession(error)) throw error;
    }
    this.#end('left');
    this.#tabs.tell('signed-out');
  }

  /** Has the account deleted. The socket may be refused before the answer comes: what ends the session meanwhile is the deletion. */
  async deleteAccount(remove: () => Promise<boolean>): Promise<void> {
    this.#isDeleting = true;
    try {
      if (!(await remove())) return;
    } finally {
      this.#isDeleting = false;
    }
    this.#end('deleted');
    this.#tabs.tell('signed-out');
  }

  /** A token that is valid for a while yet, if one can be had. */
  async token(): Promise<string> {
    if (this.#held && Date.now() < this.#held.renewAt) return this.#held.token;
    await this.renew().catch((error: unknown) => {
      // What we have may still do.
      if (error instanceof NoSession || !this.#held || Date.now() >= this.#held.expiresAt) throw error;
    });
    if (!this.#held) throw new NoSession();
    return this.#held.token;
  }

  /** Asks the REST API as who is signed in; once more, with a newer token, where the token is refused. */
  async request<Answer = undefined>(method: string, path: string, body?: object): Promise<Answer> {
    return this.authorized((token) => request<Answer>(method, path, body, token));
  }

  /** Sends what takes a token; once more, with a newer one, where it is refused. */
  async authorized<Answer>(send: (token: string) => Promise<Answer>): Promise<Answer> {
    const token = await this.token();
    try {
      return await send(token);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      await this.refused(token);
      return send(await this.token());
    }
  }

  /** Gets a new token; tabs take turns, as each use of the cookie replaces it. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** To be called when the server refuses the token: gets another, or ends the session. */
  async refused(token: string): Promise<void> {
    if (this.#held && this.#held.token !== token) return;
    if (this.#held) Object.assign(this.#held, { renewAt: 0, expiresAt: 0 });
    await this.renew();
  }

  /** Timers stand still while a computer sleeps: looks whether the token is due. */
  readonly wake = (): void => {
    if (this.#state.status === 'unreachable') void this.restore();
    if (!this.#held) return;
    const due = this.#held.renewAt - Date.now();
    if (due > 0) this.#schedule(due);
    else void this.renew().catch(() => this.#held && this.#schedule(RETRY_MS));
  };

  async #renew(): Promise<void> {
    const before = this.#held;
    const answer = await takingTurns(() => request<AccessToken>('POST', `${USERS}/refresh`, {})).catch((error: unknown) => {
      if (!meansNoSession(error)) throw error;
      // Whoever has signed out or in meanwhile is right.
      if (this.#held !== before) return undefined;
      // Without sessions a token is good until its end.
      if (before && Date.now() < before.expiresAt) return undefined;
      if (before) this.#end(this.#isDeleting ? 'deleted' : 'expired');
      throw new NoSession();
    });
    if (this.#held !== before) return;
    if (answer) {
      this.#hold(answer);
      if (before?.userId === this.#held?.userId) this.#renewed.forEach((listener) => listener());
    } else if (before) {
      before.renewAt = before.expiresAt;
      this.#schedule(before.renewAt - Date.now());
    }
  }

  #hold({ access_token: token, expires_in: seconds }: AccessToken): void {
    const userId = userIdOf(token);
    const now = Date.now();
    const expiresAt = now + seconds * 1_000;
    const ahead = Math.ceil(Math.min(AHEAD_MS + Math.random() * JITTER_MS, seconds * 250));
    this.#held = { token, userId, renewAt: expiresAt - ahead, expiresAt };
    this.#schedule(expiresAt - ahead - now);
    this.hint.write(true);
    if (this.#state.status !== 'signed-in' || this.#state.userId !== userId) this.#become({ status: 'signed-in', userId });
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.wake, Math.max(ms, 1_000));
  }

  #end(reason: 'expired' | 'left' | 'deleted'): void {
    clearTimeout(this.#timer);
    this.#held = undefined;
    this.hint.write(false);
    this.#become({ status: 'signed-out', reason });
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => listener());
  }

  #heard(event: 'signed-in' | 'signed-out'): void {
    if (event === 'signed-out') this.#end('left');
    // Another tab may have signed in as somebody else: the cookie is theirs now.
    else void this.renew().catch(() => undefined);
  }
}

async function login(credentials: Credentials): Promise<AccessToken> {
  const { email, password } = credentials;
  try {
    return await request<AccessToken>('POST', `${USERS}/login`, { email, password, session: true });
  } catch (error) {
    const knowsNoSessions = error instanceof Problem && error.fields.some(({ field }) => field === 'session');
    if (!knowsNoSessions) throw error;
    return request<AccessToken>('POST', `${USERS}/login`, { email, password });
  }
}
