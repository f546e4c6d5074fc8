/* Files on a message: pictures as pictures, voice messages to be heard, everything else as a name to download. */

import { button, h, icon } from "/static/dom.js";
import { openPicture } from "/static/dialog.js";

export const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const UNITS = ["bytes", "KB", "MB"];

/** @param {{filename: string, url: string, size: number, content_type?: string, width?: number, height?: number, description?: string, waveform?: string, duration_secs?: number}[]} attachments */
export function files(attachments) {
  return attachments.length ? h("div", { class: "files" }, attachments.map((one) => (shows(one) ? picture(one) : one.waveform ? voice(one) : file(one)))) : null;
}

/** The same link at this page's own address, where it is always saved and never shown. */
export function download(url) {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

export function sizeOf(bytes) {
  let amount = bytes;
  let unit = 0;
  for (; amount >= 1024 && unit < UNITS.length - 1; unit += 1) amount /= 1024;
  return `${unit && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}

function shows(attachment) {
  return PICTURES.has((attachment.content_type ?? "").split(";")[0]);
}

function picture(attachment) {
  const said = attachment.description ?? attachment.filename;
  const img = h("img", { src: attachment.url, alt: said, width: attachment.width, height: attachment.height, loading: "lazy" });
  return button({ class: "picture", "aria-label": `Show ${said} in large`, on: { click: () => openPicture(attachment.url, attachment.filename, download(attachment.url)) } }, img);
}

function voice(attachment) {
  const bars = [...atob(attachment.waveform)].slice(0, 64).map((one) => h("i", { vars: { height: `${15 + (85 * one.charCodeAt(0)) / 255}%` } }));
  const length = lengthOf(attachment.duration_secs);
  return h("div", { class: "voice", role: "group", "aria-label": `Voice message, ${length}` },
    h("div", {}, icon("voice"), h("span", { class: "wave", "aria-hidden": "true" }, bars), h("small", {}, length)),
    h("audio", { src: attachment.url, controls: true, preload: "none" }));
}

function lengthOf(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function file(attachment) {
  const href = download(attachment.url);
  return h("div", { class: "file" }, icon("file"),
    h("div", {}, h("a", { href, download: attachment.filename }, attachment.filename), h("small", {}, sizeOf(attachment.size))),
    h("a", { class: "tool", href, download: attachment.filename, "aria-label": `Download ${attachment.filename}` }, icon("download")));
}
