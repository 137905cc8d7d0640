import * as v from 'valibot';

import { Listeners } from './frames';

const recordSchema = v.object({
  topic: v.string(),
  partition: v.number(),
  offset: v.number(),
  timestamp_ms: v.number(),
  key: v.nullable(v.unknown()),
  value: v.nullable(v.unknown()),
});

export type KafkaRecord = v.InferOutput<typeof recordSchema>;

/** As a text, whatever the emulator could make of it. */
export const textOf = (part: unknown): string => (part === null || part === undefined ? '' : typeof part === 'string' ? part : JSON.stringify(part));

/** How many are kept to look at. */
export const CAPACITY = 500;

/** The newest records of a topic, the newest first. */
export class Records {
  #kept: readonly KafkaRecord[] = [];
  #arrived: KafkaRecord[] = [];
  #dropped = 0;
  #isPaused = false;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.subscribe;
  readonly kept = () => this.#kept;
  readonly dropped = () => this.#dropped;
  readonly isPaused = () => this.#isPaused;

  /** Takes the data of an event. */
  take(data: string): void {
    this.#arrived.push(v.parse(recordSchema, JSON.parse(data)));
    if (this.#isPaused) {
      // What is too old to be shown later need not be kept.
      if (this.#arrived.length > CAPACITY) this.#arrived = this.#arrived.slice(-CAPACITY);
    } else this.#show();
  }

  /** So many were left out, since they came faster than they could be sent. */
  drop(count: number): void {
    this.#dropped += count;
    this.#listeners.notify();
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.#show();
    this.#listeners.notify();
  }

  clear(): void {
    this.#kept = [];
    this.#arrived = [];
    this.#dropped = 0;
    this.#listeners.notify();
  }

  #show(): void {
    this.#kept = [...this.#arrived.reverse(), ...this.#kept].slice(0, CAPACITY);
    this.#arrived = [];
    this.#listeners.notify();
  }
}

export function matching(records: readonly KafkaRecord[], filter: string): readonly KafkaRecord[] {
  const wanted = filter.trim().toLowerCase();
  return wanted ? records.filter(({ key, value }) => `${textOf(key)} ${textOf(value)}`.toLowerCase().includes(wanted)) : records;
}

const topicSchema = v.union([
  v.string(),
  v.pipe(
    v.object({ name: v.string() }),
    v.transform(({ name }) => name),
  ),
]);
const topicsSchema = v.object({ topics: v.array(topicSchema) });

export async function loadTopics(): Promise<string[]> {
  const response = await fetch('/_emulator/topics', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The emulator answered ${response.status}.`);
  return v.parse(topicsSchema, await response.json()).topics.toSorted();
}

export const recordsPath = (topic: string): string => `/_emulator/topics/${encodeURIComponent(topic)}/records`;

/** The data of the event `dropped` is a count. */
export function droppedCount(data: string): number {
  return v.parse(
    v.union([
      v.number(),
      v.pipe(
        v.object({ count: v.number() }),
        v.transform(({ count }) => count),
      ),
    ]),
    JSON.parse(data),
  );
}
