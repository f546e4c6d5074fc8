/* Stickers and polls on a message. The sandbox has no pictures of stickers, so a sticker is a tile with its name. */

import { h, icon } from "/static/dom.js";
import { inFull, stampOf } from "/static/times.js";

/** @param {{id: string, name: string}[] | undefined} items */
export function stickers(items) {
  if (!items?.length) return null;
  return h("div", { class: "stickers" }, items.map((one) => h("div", { class: "sticker", role: "img", "aria-label": `Sticker: ${one.name}` },
    icon("sticker"), h("span", {}, one.name))));
}

/** @param {{question: {text: string}, answers: {answer_id: number, poll_media: {text: string}}[], expiry: string | null, allow_multiselect: boolean, results?: {answer_counts: {id: number, count: number, me_voted: boolean}[], is_finalized: boolean}} | undefined} shown */
export function poll(shown) {
  if (!shown) return null;
  const counts = new Map((shown.results?.answer_counts ?? []).map((one) => [one.id, one]));
  const votes = [...counts.values()].reduce((sum, one) => sum + one.count, 0);
  const answers = shown.answers.map(({ answer_id: id, poll_media: media }) => {
    const { count = 0, me_voted: mine = false } = counts.get(id) ?? {};
    const share = votes ? Math.round((100 * count) / votes) : 0;
    return h("li", { class: mine ? "answer mine" : "answer", vars: { "--share": `${share}%` } },
      h("span", {}, media.text), h("small", {}, `${said(count)} · ${share} %`));
  });
  const end = shown.expiry && new Date(shown.expiry);
  const over = shown.results?.is_finalized || (end && end < new Date());
  return h("div", { class: "poll", role: "group", "aria-label": `Poll: ${shown.question.text}` },
    h("b", {}, shown.question.text),
    h("small", {}, shown.allow_multiselect ? "One or more answers may be chosen" : "One answer may be chosen"),
    h("ul", {}, answers),
    h("small", { title: end ? inFull(end) : null }, said(votes), over ? " · ended" : end ? ` · ends ${stampOf(end)}` : ""));
}

/** What of a message without text stands in one line: the name of a sticker, the question of a poll. */
export function inOneLine(message) {
  if (message.poll) return `Poll: ${message.poll.question.text}`;
  return (message.sticker_items ?? []).map((one) => `Sticker: ${one.name}`).join(", ");
}

function said(votes) {
  return votes === 1 ? "1 vote" : `${votes} votes`;
}
