/** Runs what is asked for in the next animation frame, each function once however often it was asked for. */
const pending = new Set<() => void>();
let isRequested = false;

function flush() {
  isRequested = false;
  const due = [...pending];
  pending.clear();
  for (const run of due) run();
}

export function inNextFrame(run: () => void): void {
  pending.add(run);
  if (isRequested) return;
  isRequested = true;
  requestAnimationFrame(flush);
}

/** A set of listeners that are told in the next frame. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  readonly #notify = () => this.#listeners.forEach((listener) => listener());

  get size(): number {
    return this.#listeners.size;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  notify(): void {
    inNextFrame(this.#notify);
  }
}
