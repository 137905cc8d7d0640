export type TabEvent = 'signed-in' | 'signed-out';

const NAME = 'fastfusion-session';

/** The other tabs of the same origin. */
export class Tabs {
  readonly #channel: BroadcastChannel | undefined;

  constructor(heard: (event: TabEvent) => void) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel(NAME);
    this.#channel.onmessage = (event: MessageEvent<TabEvent>) => heard(event.data);
  }

  tell(event: TabEvent): void {
    this.#channel?.postMessage(event);
  }
}

/** Runs it when no other tab runs its own. Browsers offer locks to secure origins alone; the server bears with simultaneous use. */
export async function takingTurns<Result>(run: () => Promise<Result>): Promise<Result> {
  return navigator.locks ? await navigator.locks.request(NAME, run) : run();
}
