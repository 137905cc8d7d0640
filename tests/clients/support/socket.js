// A WebSocket that speaks the protocol by hand, message by message.
import WebSocket from 'ws';

import { FEED, inTime } from './stack.js';

export const PROTOCOL = 'graphql-transport-ws';

export class Socket {
  #socket;
  #received = [];
  /** Pings without payload that are still to be answered. */
  #pings = 0;
  #wake = () => {};
  #closed;

  constructor(socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      const isBare = message.type === 'pong' && message.payload === undefined;
      // A pong that nobody asked for stands where the server has nothing to say.
      if (isBare && this.#pings === 0) return;
      if (isBare) this.#pings -= 1;
      this.#received.push(message);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  /** Opens one that ends with the test. */
  static open(t, protocols = [PROTOCOL]) {
    const socket = new WebSocket(FEED, protocols);
    t.after(() => socket.terminate());
    const opened = new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new Socket(socket)));
      socket.once('error', reject);
    });
    return inTime(opened, 'the connection');
  }

  /** Opens one and has its user acknowledged. */
  static async acknowledged(t, user) {
    const socket = await Socket.open(t);
    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${user.token}` } });
    const ack = await socket.next();
    if (ack.type !== 'connection_ack') throw new Error(JSON.stringify(ack));
    return socket;
  }

  /** The subprotocol that the server has chosen. */
  get protocol() {
    return this.#socket.protocol;
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends an object as JSON, and a text or bytes as they are. */
  send(message) {
    if (message.type === 'ping' && message.payload === undefined) this.#pings += 1;
    const isRaw = typeof message === 'string' || Buffer.isBuffer(message);
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** The next message. */
  async next() {
    while (this.#received.length === 0) {
      if (!this.isOpen) throw new Error('the connection is closed');
      await inTime(new Promise((resolve) => (this.#wake = resolve)), 'a message');
    }
    return this.#received.shift();
  }

  /** The next message of an operation. Those of others are passed over. */
  async nextOf(id) {
    for (;;) {
      const message = await this.next();
      if (message.id === id) return message;
    }
  }

  subscribe(id, query, variables = undefined) {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  /** Waits until the server has closed the connection, and gives what came before and was not taken. */
  async closed() {
    await inTime(this.#closed, 'the close');
    return this.#received;
  }
}
