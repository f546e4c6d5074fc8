/* The composer: writes, replies, edits, attaches files and runs commands. */

import { nameOf } from "/static/avatar.js";
import { commandIn, completions } from "/static/completion.js";
import { openModal } from "/static/dialog.js";
import { button, h, icon } from "/static/dom.js";
import { PICTURES, sizeOf } from "/static/files.js";
import { Popup } from "/static/popup.js";
import { CommandForm } from "/static/slash.js";
import { FORUM } from "/static/store.js";
import { toast } from "/static/toast.js";

const SHOWN_LEFT = 200;
const BARS = 64;

export class Composer {
  /**
   * @param {import("./store.js").Store} store @param {import("./session.js").Session} session
   * @param {import("./actions.js").Actions} actions @param {import("./log.js").Log} log
   */
  constructor(store, session, actions, log) {
    this._store = store;
    this._session = session;
    this._actions = actions;
    this._log = log;
    /** @type {{name: string, type: string, size: number, content: string}[]} */
    this._files = [];
    /** The draft that the files belong to: they stay when the bot starts anew, and not when another place is looked at. */
    this._filesOf = "";
    this._form = null;
    this._build();
    store.on("place hello", () => this._arrive());
    store.on("draft", (news) => (news?.add ? this._write(this._draft.value + news.add) : this._mode()));
    store.on("places commands connection", () => this._state());
    store.on("commands", () => this._draft.value.startsWith("/") && this._typed());
    store.on("messages", () => this._forgetGone());
    log.suggests = (text) => this._write(text);
  }

  focus() {
    if (this._form) this._form.focus();
    else this._draft.focus();
  }

  _build() {
    this._draft = h("textarea", {
      id: "draft", rows: "1", role: "combobox", "aria-autocomplete": "list", "aria-controls": "popup", "aria-expanded": "false", "aria-label": "Message", spellcheck: "true",
      on: { input: () => this._typed(), keydown: (event) => this._keys(event), paste: (event) => this._pasted(event), click: () => this._complete(), blur: () => this._popup.close() },
    });
    const picker = h("input", { type: "file", multiple: true, hidden: true, on: { change: () => { this._attach(picker.files); picker.value = ""; } } });
    this._attachTool = button({ class: "tool", "aria-label": "Attach files", title: "Attach files", on: { click: () => picker.click() } }, icon("plus"));
    this._count = h("span", { class: "count", hidden: true });
    this._send = button({ class: "tool send", "aria-label": "Send", title: "Send", on: { click: () => this._submit() } }, icon("send"));
    this._note = h("div", { class: "note", hidden: true });
    this._uploads = h("ul", { class: "uploads", "aria-label": "Files to send", hidden: true });
    this._line = h("div", { class: "line" }, this._attachTool, picker, this._draft, this._count, this._send);
    this._box = h("div", { class: "box", on: {
      dragover: (event) => { event.preventDefault(); this._box.classList.add("drop"); },
      dragleave: () => this._box.classList.remove("drop"),
      drop: (event) => { event.preventDefault(); this._box.classList.remove("drop"); this._attach(event.dataTransfer.files); },
    } }, this._note, this._uploads, this._line);
    this._popup = new Popup(this._box, this._draft);
    document.getElementById("composer").append(this._box);
  }

  // ---------------------------------------------------------------- where and how

  _arrive() {
    this._leaveCommand(false);
    const draft = this._store.draftKey();
    if (draft !== this._filesOf) this._files = [];
    this._filesOf = draft;
    this._showFiles();
    this._draft.value = this._store.draft;
    this._mode(false);
    this._state();
    if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) this._draft.focus({ preventScroll: true });
  }

  _state() {
    const { _store: store } = this;
    const place = store.place;
    const ready = store.connection === "open" && place !== null && store.can("write");
    document.getElementById("composer").hidden = place?.type === FORUM;
    this._draft.disabled = place !== null && !store.can("write");
    this._box.classList.toggle("off", !ready);
    const name = place === null ? "" : store.isDm(place) ? `@${store.titleOf(place)}` : place.thread_metadata ? `“${store.titleOf(place)}”` : `#${store.titleOf(place)}`;
    this._draft.placeholder = place === null ? "" : store.can("write") ? `Message ${name}` : "You may not write here";
    this._tell();
  }

  /** Show what the text will become: a message, a reply, or another text of an old message. */
  _mode(focus = true) {
    const { replyTo, editing, ping } = this._store;
    const cancel = button({ class: "tool", "aria-label": "Cancel", title: "Cancel (Escape)", on: { click: () => this._cancel() } }, icon("close"));
    if (editing && this._edits !== editing.id) {
      this._edits = editing.id;
      this._draft.value = this._asTyped(editing.content);
    } else if (!editing && this._edits) {
      this._edits = null;
      this._draft.value = this._store.draft;
    }
    if (editing) {
      this._note.replaceChildren(icon("pencil"), h("span", { class: "grow" }, "Editing your message"), cancel);
    } else if (replyTo) {
      const turn = button({ class: "ping", "aria-pressed": String(ping), title: "Whether the author is notified", on: { click: () => { this._store.ping = !ping; this._mode(); } } }, ping ? "@ ON" : "@ OFF");
      this._note.replaceChildren(h("span", { class: "grow" }, "Replying to ", h("b", {}, nameOf(replyTo.author))), turn, cancel);
    }
    this._note.hidden = !editing && !replyTo;
    this._attachTool.disabled = Boolean(editing);
    this._grow();
    this._tell();
    if (focus) {
      this._draft.focus();
      this._draft.setSelectionRange(this._draft.value.length, this._draft.value.length);
    }
  }

  _cancel() {
    this._store.replyTo = null;
    this._store.editing = null;
    this._mode();
  }

  _forgetGone() {
    const { replyTo, editing, messages, loaded } = this._store;
    if (loaded && ((replyTo && !messages.has(replyTo.id)) || (editing && !messages.has(editing.id)))) this._cancel();
  }

  /** Mentions as they are typed: by name. */
  _asTyped(content) {
    return content.replace(/<@!?(\d+)>/g, (whole, id) => (this._store.user(id) ? `@${nameOf(this._store.user(id))}` : whole));
  }

  _write(text) {
    this._draft.value = text;
    this._typed();
    this._popup.close();
    this._draft.focus();
  }

  // ---------------------------------------------------------------- typing

  _typed() {
    if (!this._store.editing) this._store.drafts.set(this._store.draftKey(), this._draft.value);
    const command = this._store.editing ? null : commandIn(this._store, this._draft.value);
    if (command) return this._enterCommand(command);
    if (this._draft.value.trim() && !this._draft.value.startsWith("/")) this._session.types();
    this._grow();
    this._tell();
    this._complete();
  }

  _grow() {
    this._draft.style.setProperty("height", "auto");
    this._draft.style.setProperty("height", `${Math.max(38, this._draft.scrollHeight)}px`);
  }

  _tell() {
    const most = this._store.hello?.limits.text ?? 2000;
    const left = most - [...this._draft.value.trim()].length;
    this._count.hidden = left > SHOWN_LEFT;
    this._count.textContent = String(left);
    this._count.classList.toggle("over", left < 0);
    const empty = !this._draft.value.trim() && !this._files.length;
    this._send.disabled = empty || left < 0 || this._store.connection !== "open" || !this._store.can("write");
  }

  _complete() {
    const { value, selectionStart: at, selectionEnd: end } = this._draft;
    if (at !== end || this._store.editing && value.startsWith("/")) return this._popup.close();
    const found = completions(this._store, value.slice(0, at), at === value.length);
    this._popup.offer(found.title, found.entries.map((one) => ({ ...one, choose: () => this._choose(one, at) })));
  }

  _choose(entry, at) {
    this._popup.close();
    if (entry.command) return this._enterCommand(entry.command);
    this._draft.setRangeText(entry.insert, entry.from, at, "end");
    this._typed();
    this._draft.focus();
  }

  _keys(event) {
    if (this._popup.takes(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this._submit();
    } else if (event.key === "Escape") {
      if (this._store.editing || this._store.replyTo) this._cancel();
      else this._log.toEnd();
    } else if (event.key === "ArrowUp" && !this._draft.value && !event.shiftKey && this._actions.editLast()) {
      event.preventDefault();
    }
  }

  // ---------------------------------------------------------------- sending

  async _submit() {
    if (this._send.disabled) return;
    const { editing, replyTo, ping } = this._store;
    const text = this._draft.value;
    const files = this._files;
    const place = this._store.placeId;
    if (editing) {
      this._cancel();
      if (text.trim() !== this._asTyped(editing.content)) await this._session.does("edit", { place, message: editing.id, text });
      return;
    }
    this._clear();
    this._session.stopsTyping();
    const answer = await this._session.does("say", { place, text, reply_to: replyTo?.id ?? null, ping, files: files.map(({ name, content }) => ({ name, content })) });
    if (answer === null) this._giveBack(text, files, replyTo, place);
    else this._log.toEnd();
  }

  _clear() {
    this._draft.value = "";
    this._store.drafts.delete(this._store.draftKey());
    this._store.replyTo = null;
    this._files = [];
    this._showFiles();
    this._mode();
  }

  /** What was refused is not lost: it stands in the composer again, unless something new does. */
  _giveBack(text, files, replyTo, place) {
    if (this._store.placeId !== place || this._draft.value) return;
    this._draft.value = text;
    this._files = files;
    this._store.replyTo = replyTo;
    this._showFiles();
    this._mode();
  }

  // ---------------------------------------------------------------- files

  _pasted(event) {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      this._attach(event.clipboardData.files);
    }
  }

  async _attach(list) {
    const limits = this._store.hello.limits;
    for (const one of [...list]) {
      const total = this._files.reduce((sum, file) => sum + file.size, one.size);
      if (this._files.length >= limits.files) return toast(`A message has at most ${limits.files} files`, "bad");
      if (total > limits.file_bytes) return toast(`The files of a message have at most ${sizeOf(limits.file_bytes)}`, "bad");
      this._files.push({ name: one.name, type: one.type, size: one.size, content: await base64(one) });
    }
    this._showFiles();
    this._tell();
    this._draft.focus();
  }

  _showFiles() {
    this._uploads.hidden = !this._files.length;
    const speaks = this._files.length === 1 && this._files[0].type.startsWith("audio/");
    this._uploads.replaceChildren(...this._files.map((one) => h("li", {},
      PICTURES.has(one.type) && h("img", { src: `data:${one.type};base64,${one.content}`, alt: "" }),
      h("span", {}, `${one.name} (${sizeOf(one.size)})`),
      speaks && button({ class: "link", on: { click: () => this._speak(one) } }, "Send as voice message"),
      button({ class: "tool", "aria-label": `Remove ${one.name}`, on: { click: () => {
        this._files = this._files.filter((other) => other !== one);
        this._showFiles();
        this._tell();
        this._draft.focus();
      } } }, icon("close")))));
  }

  /** A voice message has no text: what is written stays. */
  async _speak(file) {
    const { replyTo, ping, placeId: place } = this._store;
    this._files = [];
    this._showFiles();
    const { seconds, waveform } = await soundOf(file.content);
    const answer = await this._session.does("voice", { place, reply_to: replyTo?.id ?? null, ping, seconds, waveform, files: [{ name: file.name, content: file.content }] });
    if (answer === null) return;
    this._cancel();
    this._log.toEnd();
  }

  // ---------------------------------------------------------------- commands

  _enterCommand(command) {
    this._popup.close();
    this._draft.value = "";
    this._store.drafts.delete(this._store.draftKey());
    this._form = new CommandForm(command, this._store, this._session, {
      left: () => this._leaveCommand(true),
      ran: (answer) => answer.modal && openModal(answer.modal, this._session, this._store),
    });
    this._line.hidden = true;
    this._note.hidden = true;
    this._box.append(this._form.element);
    this._form.focus();
  }

  _leaveCommand(focus) {
    this._form?.element.remove();
    this._form = null;
    this._line.hidden = false;
    this._mode(focus);
  }
}

/** Length and loudness of a recording; a second of silence where the browser cannot tell. @param {string} content */
async function soundOf(content) {
  const audio = new AudioContext();
  try {
    const sound = await audio.decodeAudioData(Uint8Array.from(atob(content), (one) => one.charCodeAt(0)).buffer);
    const samples = sound.getChannelData(0);
    const step = Math.max(1, Math.floor(samples.length / BARS));
    const loudness = Array.from({ length: Math.min(BARS, samples.length) }, (_, at) => samples.subarray(at * step, (at + 1) * step).reduce((most, one) => Math.max(most, Math.abs(one)), 0));
    return { seconds: sound.duration, waveform: btoa(String.fromCharCode(...loudness.map((one) => Math.min(255, Math.round(255 * one))))) };
  } catch {
    return { seconds: 1, waveform: "AAAA" };
  } finally {
    audio.close();
  }
}

/** @param {File} file @returns {Promise<string>} */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).replace(/^[^,]*,/, "")));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
