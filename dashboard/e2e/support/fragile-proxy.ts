import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A way to the server that can be cut, and stays cut until it is mended. */
export class FragileProxy {
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  readonly #server = createServer((near) => {
    if (this.#isCut) return void near.destroy();
    const far = connect(Number(this.target.port || 80), this.target.hostname);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });

  constructor(readonly target: URL) {}

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
    return `http://127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
