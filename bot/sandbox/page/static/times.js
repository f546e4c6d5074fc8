/* Times: as a chat shows them, in the reader's own language and zone. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STYLES = {
  t: clock,
  T: new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }),
  d: new Intl.DateTimeFormat(undefined, { dateStyle: "short" }),
  D: day,
  f: new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" }),
  F: new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }),
};
const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];
const MAX_SECONDS = 8.64e12; // what a Date can hold

export function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

export function dayOf(moment) {
  return day.format(moment);
}

export function timeOf(moment) {
  return clock.format(moment);
}

/** "14:05", with the day in front unless it is today. */
export function stampOf(moment) {
  return sameDay(moment, new Date()) ? clock.format(moment) : `${STYLES.d.format(moment)} ${clock.format(moment)}`;
}

export function inFull(moment) {
  return STYLES.F.format(moment);
}

/** A moment in one of Discord's styles (`R` is relative), or null for one that no calendar has. */
export function styled(seconds, style) {
  if (Math.abs(seconds) > MAX_SECONDS) return null;
  return style === "R" ? away(seconds) : STYLES[style || "f"].format(new Date(seconds * 1000));
}

function away(seconds) {
  let amount = seconds - Date.now() / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(Math.round(amount)) < size) return relative.format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}
