import type { ToastManager } from '@base-ui/react/toast';

import type { AlertFiredSubscription, UserRegisteredSubscription } from './gql/graphql';
import { format } from './live/decimal';

type Toasts = Pick<ToastManager, 'add'>;

/** So many come in at once sometimes that one message has to do for all. */
const BATCH_MS = 2_000;

const announced = new Set<string>();

/** The same crossing may come twice. */
export function announceAlert(toasts: Toasts, alert: AlertFiredSubscription['onAlert']): void {
  const crossing = `${alert.id} ${alert.tick}`;
  if (announced.has(crossing)) return;
  announced.add(crossing);
  const way = alert.crossing === 'ABOVE' ? 'risen to' : 'fallen to';
  toasts.add({
    type: 'alert',
    priority: 'high',
    timeout: 15_000,
    title: `Your price has ${way} ${format(alert.price)}`,
    description: `You asked to be told at ${format(alert.threshold)}.`,
  });
}

/** Tells who has registered, all of a while in one message. */
export class Registrations {
  #batch = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly toasts: Toasts) {}

  add({ id, name }: UserRegisteredSubscription['onUserRegistered']): void {
    this.#batch.set(id, name);
    this.#timer ??= setTimeout(() => this.#tell(), BATCH_MS);
  }

  #tell(): void {
    const names = [...this.#batch.values()];
    this.#batch = new Map();
    this.#timer = undefined;
    const [first = '', second = ''] = names;
    const who = names.length === 1 ? first : names.length === 2 ? `${first} and ${second}` : `${first} and ${names.length - 1} others`;
    this.toasts.add({ type: 'info', title: `${who} ${names.length === 1 ? 'has' : 'have'} registered` });
  }
}
