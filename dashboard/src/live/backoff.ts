const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How long to wait before an attempt: longer each time, and never as long as others wait. */
export function backoff(attempt: number, random = Math.random): number {
  return Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS) * (0.5 + random() / 2);
}

/** A wait that ends early when the network comes back, or when somebody asks for it. */
export class Pause {
  #end: (() => void) | undefined;

  /** Without a time, it lasts until the network is back. */
  take(ms: number | undefined): Promise<void> {
    this.end();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.end(), ms);
      const end = () => this.end();
      window.addEventListener('online', end);
      this.#end = () => {
        clearTimeout(timer);
        window.removeEventListener('online', end);
        resolve();
      };
    });
  }

  end(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
}
