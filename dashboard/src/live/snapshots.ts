import type { SnapshotFieldsFragment } from '../gql/graphql';
import { backoff } from './backoff';

export interface SnapshotApi {
  save(idempotencyKey: string): Promise<SnapshotFieldsFragment>;
  status(id: string): Promise<SnapshotFieldsFragment | undefined>;
}

/** How often it is asked whether a snapshot is saved, should nothing tell. */
const POLL_ATTEMPTS = 20;

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Saves snapshots, and follows them from pending to saved. */
export class SnapshotSaver {
  #pending: readonly SnapshotFieldsFragment[] = [];
  #saving: Promise<SnapshotFieldsFragment> | undefined;
  /** Kept until the request is answered: should only the answer be lost, the next click stands for the same snapshot. */
  #key: string | undefined;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly api: SnapshotApi,
    readonly onSaved: (snapshot: SnapshotFieldsFragment) => void,
  ) {}

  readonly pending = () => this.#pending;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Two clicks while the first is being sent are one. */
  save(): Promise<SnapshotFieldsFragment> {
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  /** It is saved: the live feed, or an answer, says so. */
  settle(snapshot: SnapshotFieldsFragment): void {
    clearTimeout(this.#timers.get(snapshot.id));
    this.#timers.delete(snapshot.id);
    if (!this.#settled.has(snapshot.id)) {
      this.#settled.add(snapshot.id);
      this.onSaved(snapshot);
    }
    this.#become(this.#pending.filter(({ id }) => id !== snapshot.id));
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#settled.clear();
    this.#key = undefined;
    this.#become([]);
  }

  readonly #settled = new Set<string>();

  async #save(): Promise<SnapshotFieldsFragment> {
    this.#key ??= newKey();
    const snapshot = await this.api.save(this.#key);
    this.#key = undefined;
    // The event may have been faster than the answer.
    if (snapshot.status === 'SAVED') this.settle(snapshot);
    else if (!this.#settled.has(snapshot.id)) {
      this.#become([snapshot, ...this.#pending]);
      this.#poll(snapshot.id, 1);
    }
    return snapshot;
  }

  #poll(id: string, attempt: number): void {
    const ask = async () => {
      const snapshot = await this.api.status(id).catch(() => undefined);
      if (!this.#timers.has(id)) return;
      if (snapshot?.status === 'SAVED') this.settle(snapshot);
      else if (attempt < POLL_ATTEMPTS) this.#poll(id, attempt + 1);
    };
    this.#timers.set(
      id,
      setTimeout(() => void ask(), backoff(attempt)),
    );
  }

  #become(pending: readonly SnapshotFieldsFragment[]): void {
    this.#pending = pending;
    this.#listeners.forEach((listener) => listener());
  }
}
