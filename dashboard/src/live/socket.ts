import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type GraphQLFormattedError, print } from 'graphql';
import { type Client, createClient, type FormattedExecutionResult, type Message, MessageType } from 'graphql-ws';

import { NoSession, type Session } from '../session/session';
import { backoff, Pause } from './backoff';
import { GatewayWebSocket } from './gateway';

export type Connection =
  | { status: 'idle' }
  | { status: 'connecting' }
  | { status: 'live' }
  | { status: 'reconnecting'; retryAt: number }
  | { status: 'offline' };

interface Operation {
  query: string;
  variables: object;
  next: (data: never) => void;
  refused: ((code: string, message: string) => void) | undefined;
  stops: Map<Line, () => void>;
}

/** One WebSocket, with all that is subscribed to over it. */
interface Line {
  client: Client;
  /** Is told of each result. */
  heard: (operation: Operation) => void;
}

const KEEP_ALIVE_MS = 15_000;
const PATIENCE_MS = 10_000;
const HAND_OVER_AGAIN_MS = 30_000;
/** Our fault, or that of our pace: the same subscription may succeed later. */
const PASSING = new Set(['UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'RESULT_TOO_LARGE']);

/** With which code the server would close if API Gateway let it: the token is not accepted. */
const FORBIDDEN = 4403;

const isRefusal = (message: Message): boolean =>
  message.type === MessageType.Error && message.payload.some(({ extensions }) => extensions?.closeCode === FORBIDDEN);

/**
 * The one GraphQL WebSocket. What is subscribed to outlives every connection: it is subscribed to again after a cut, and moves to
 * a second connection, which opens before the first one closes, when there is a newer token.
 */
export class Socket {
  #line: Line | undefined;
  #token = '';
  #state: Connection = { status: 'idle' };
  #isWanted = false;
  #isHandingOver = false;
  #isRecovering = false;
  readonly #pause = new Pause();
  readonly #operations = new Set<Operation>();
  readonly #listeners = new Set<() => void>();
  readonly #connected = new Set<() => void>();

  constructor(
    readonly session: Pick<Session, 'token' | 'refused'>,
    readonly url: string,
  ) {}

  readonly state = () => this.#state;
  readonly subscribeState = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls the function each time a connection has been acknowledged: what has no `since` may have been missed before. */
  onConnected(listener: () => void): () => void {
    this.#connected.add(listener);
    return () => this.#connected.delete(listener);
  }

  /** Subscribes until the returned function is called. `variables` are read anew for each connection. */
  subscribe<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    next: (data: Data) => void,
    refused?: (code: string, message: string) => void,
  ): () => void {
    const operation: Operation = { query: print(document), variables, next, refused, stops: new Map() };
    this.#operations.add(operation);
    if (this.#line) this.#attach(operation, this.#line);
    return () => this.#drop(operation);
  }

  open(): void {
    this.#isWanted = true;
    if (this.#line) return;
    this.#become({ status: 'connecting' });
    this.#line = this.#newLine();
    for (const operation of this.#operations) this.#attach(operation, this.#line);
  }

  close(): void {
    this.#isWanted = false;
    this.#hangUp();
    this.#become({ status: 'idle' });
  }

  /** Ends a wait for the next attempt. */
  readonly retryNow = (): void => this.#pause.end();

  /** Connects again: prices are due that have not come. */
  cut(): void {
    this.#line?.client.terminate();
  }

  /** Moves everything to a second connection, which has the newest token, and then closes the first one. */
  async handOver(): Promise<void> {
    const old = this.#line;
    if (!old || this.#isHandingOver || this.#state.status !== 'live') return;
    this.#isHandingOver = true;
    const isReady = Promise.withResolvers<boolean>();
    // Whatever can be resumed begins with a result at once.
    const awaited = new Set([...this.#operations].filter(({ variables }) => 'since' in variables));
    const heard = (operation: Operation) => awaited.delete(operation) && awaited.size === 0 && isReady.resolve(true);
    const line = this.#newLine(heard, () => isReady.resolve(false));
    const timer = setTimeout(() => isReady.resolve(false), PATIENCE_MS);
    for (const operation of this.#operations) this.#attach(operation, line);
    const hasMoved = (await isReady.promise) && this.#line === old;
    clearTimeout(timer);
    this.#isHandingOver = false;
    if (hasMoved) {
      this.#line = line;
      this.#become({ status: 'live' });
    } else setTimeout(() => void this.handOver(), HAND_OVER_AGAIN_MS);
    this.#end(hasMoved ? old : line);
  }

  #newLine(heard: Line['heard'] = () => {}, lost = () => {}): Line {
    let pong: ReturnType<typeof setTimeout> | undefined;
    const isCurrent = () => this.#line === line;
    const client = createClient({
      url: this.url,
      webSocketImpl: GatewayWebSocket,
      connectionParams: async () => ({ token: (this.#token = await this.session.token()) }),
      keepAlive: KEEP_ALIVE_MS,
      lazyCloseTimeout: 3_000,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: (attempt) => (isCurrent() ? this.#waitForRetry(attempt) : Promise.resolve()),
      on: {
        connected: () => {
          if (!isCurrent()) return;
          this.#become({ status: 'live' });
          this.#connected.forEach((listener) => listener());
        },
        // graphql-ws would go on connecting with the same token.
        message: (message) => {
          if (isRefusal(message)) this.#lost(line);
        },
        closed: () => {
          clearTimeout(pong);
          if (!isCurrent()) lost();
          else if (this.#state.status === 'live') this.#become({ status: 'connecting' });
        },
        ping: (isReceived) => {
          clearTimeout(pong);
          if (!isReceived) pong = setTimeout(() => client.terminate(), PATIENCE_MS);
        },
        pong: () => clearTimeout(pong),
      },
    });
    const line: Line = { client, heard };
    return line;
  }

  #attach(operation: Operation, line: Line): void {
    const { query, variables } = operation;
    const stop = line.client.subscribe(
      { query, variables: variables as Record<string, unknown> },
      {
        next: (result) => this.#result(operation, line, result),
        error: (error) => this.#failed(operation, line, error),
        complete: () => this.#ended(operation, line),
      },
    );
    operation.stops.set(line, stop);
  }

  #result(operation: Operation, line: Line, { data, errors }: Pick<FormattedExecutionResult<object, unknown>, 'data' | 'errors'>): void {
    line.heard(operation);
    if (data) operation.next(data as never);
    else if (errors) console.warn('A result of a subscription could not be had.', errors[0]?.extensions?.code);
  }

  #failed(operation: Operation, line: Line, error: unknown): void {
    if (!operation.stops.delete(line)) return;
    if (!Array.isArray(error)) return this.#lost(line);
    const [{ message = '', extensions } = {}] = error as GraphQLFormattedError[];
    const code = String(extensions?.code ?? 'INTERNAL');
    if (code === 'UNAUTHENTICATED') this.#lost(line);
    else if (PASSING.has(code)) this.#again(operation, line);
    else if (operation.refused) operation.refused(code, message);
    else console.error(`A subscription was refused (${code}): ${message}`);
  }

  #ended(operation: Operation, line: Line): void {
    if (operation.stops.delete(line) && this.#operations.has(operation)) this.#again(operation, line);
  }

  #again(operation: Operation, line: Line): void {
    setTimeout(() => {
      if (this.#operations.has(operation) && this.#line === line && !operation.stops.has(line)) this.#attach(operation, line);
    }, backoff(1));
  }

  /** The client has given up: its token was refused, or none was to be had. */
  #lost(line: Line): void {
    if (this.#line === line) void this.#recover();
  }

  async #recover(): Promise<void> {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    this.#hangUp();
    for (let attempt = 0; this.#isWanted && !this.#line; attempt += 1) {
      await this.#waitForRetry(attempt);
      try {
        await this.session.refused(this.#token);
        if (this.#isWanted) this.open();
      } catch (error) {
        if (!(error instanceof NoSession)) continue;
        this.#become({ status: 'idle' });
        break;
      }
    }
    this.#isRecovering = false;
  }

  async #waitForRetry(attempt: number): Promise<void> {
    const wait = backoff(attempt);
    if (navigator.onLine) this.#become({ status: 'reconnecting', retryAt: Date.now() + wait });
    else this.#become({ status: 'offline' });
    await this.#pause.take(navigator.onLine ? wait : undefined);
    if (this.#state.status !== 'idle') this.#become({ status: 'connecting' });
  }

  #hangUp(): void {
    const line = this.#line;
    this.#line = undefined;
    if (line) this.#end(line);
  }

  #end(line: Line): void {
    for (const operation of this.#operations) {
      const stop = operation.stops.get(line);
      operation.stops.delete(line);
      stop?.();
    }
    // It rejects where the connection was never acknowledged: there is nothing to close then.
    Promise.resolve(line.client.dispose()).catch(() => undefined);
  }

  #drop(operation: Operation): void {
    this.#operations.delete(operation);
    const stops = [...operation.stops.values()];
    operation.stops.clear();
    for (const stop of stops) stop();
  }

  #become(state: Connection): void {
    this.#state = state;
    this.#listeners.forEach((listener) => listener());
  }
}
