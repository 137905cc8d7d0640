import * as v from 'valibot';

import { Listeners } from './frames';

const recordSchema = v.object({
  topic: v.string(),
  partition: v.number(),
  offset: v.number(),
  timestamp_ms: v.number(),
  /** Text; what is none comes in base64. */
  key: v.nullable(v.string()),
  key_base64: v.optional(v.string()),
  value: v.nullable(v.string()),
  value_base64: v.optional(v.string()),
  truncated: v.optional(v.boolean(), false),
});

export type KafkaRecord = v.InferOutput<typeof recordSchema>;

const shown = (text: string | null, base64: string | undefined): string => text ?? (base64 === undefined ? 'null' : `base64 ${base64}`);

export const keyOf = ({ key, key_base64 }: KafkaRecord): string => shown(key, key_base64);
export const valueOf = ({ value, value_base64, truncated }: KafkaRecord): string => shown(value, value_base64) + (truncated ? ' … (cut)' : '');

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
  return wanted ? records.filter((record) => `${keyOf(record)} ${valueOf(record)}`.toLowerCase().includes(wanted)) : records;
}

const topicsSchema = v.object({
  topics: v.array(v.object({ name: v.string(), partitions: v.array(v.object({ low: v.number(), high: v.number() })) })),
});

export interface Topic {
  name: string;
  /** How many there are in all partitions. */
  records: number;
}

/** The topics of the broker, in the order of their names. */
export async function loadTopics(): Promise<Topic[]> {
  const response = await fetch('/_emulator/topics', { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The emulator answered ${response.status}.`);
  const { topics } = v.parse(topicsSchema, await response.json());
  const countOf = (partitions: { low: number; high: number }[]) => partitions.reduce((sum, { low, high }) => sum + high - low, 0);
  return topics.map(({ name, partitions }) => ({ name, records: countOf(partitions) })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The one with the most records: there something is to be seen. */
export const busiest = (topics: readonly Topic[]): Topic | undefined =>
  topics.reduce<Topic | undefined>((best, topic) => (best && best.records >= topic.records ? best : topic), undefined);

export const recordsPath = (topic: string): string => `/_emulator/topics/${encodeURIComponent(topic)}/records`;

/** How many records the event `dropped` stands for. */
export const droppedCount = (data: string): number => v.parse(v.object({ count: v.number() }), JSON.parse(data)).count;
