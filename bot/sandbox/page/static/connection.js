/* The websocket: asks with a number and waits for its answer; connects again by itself when the server is gone. */

const FIRST_WAIT = 300;
const LONGEST_WAIT = 3000;

export class Refused extends Error {}

export class Connection {
  /** @param {(frame: any) => void} hears @param {(state: "open" | "lost") => void} turns */
  constructor(hears, turns) {
    this._hears = hears;
    this._turns = turns;
    this._waiting = new Map();
    this._number = 0;
    this._wait = FIRST_WAIT;
    this._socket = null;
    addEventListener("online", () => this._hurry());
    document.addEventListener("visibilitychange", () => this._hurry());
  }

  open() {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    this._socket = socket;
    socket.addEventListener("open", () => {
      this._wait = FIRST_WAIT;
      this._turns("open");
    });
    socket.addEventListener("message", (event) => this._take(JSON.parse(event.data)));
    socket.addEventListener("close", () => this._lose());
  }

  /**
   * Ask for something; resolves with the answer. Rejects with Refused, whose message is for the person.
   * @param {string} op @param {Object<string, any>} [more] @returns {Promise<any>}
   */
  ask(op, more = {}) {
    if (this._socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Refused("The demo is not running: nothing was sent."));
    this._number += 1;
    const number = this._number;
    this._socket.send(JSON.stringify({ op, re: number, ...more }));
    return new Promise((resolve, reject) => this._waiting.set(number, { resolve, reject }));
  }

  _take(frame) {
    const waiting = this._waiting.get(frame.re);
    if (frame.op === "done" || frame.op === "error") {
      this._waiting.delete(frame.re);
      if (frame.op === "done") waiting?.resolve(frame);
      else if (waiting) waiting.reject(new Refused(frame.text));
      else this._hears(frame);
    } else {
      this._hears(frame);
    }
  }

  _lose() {
    for (const { reject } of this._waiting.values()) reject(new Refused("The connection was lost."));
    this._waiting.clear();
    this._turns("lost");
    this._timer = setTimeout(() => this.open(), this._wait);
    this._wait = Math.min(this._wait * 1.6, LONGEST_WAIT);
  }

  _hurry() {
    if (this._socket?.readyState === WebSocket.CLOSED) {
      clearTimeout(this._timer);
      this.open();
    }
  }
}
