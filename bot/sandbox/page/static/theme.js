/* The theme: the system's, until somebody chooses. */

const KEPT = "parley-theme";
const system = matchMedia("(prefers-color-scheme: light)");

function chosen() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function apply(theme) {
  document.documentElement.dataset.theme = theme;
}

export function currentTheme() {
  return document.documentElement.dataset.theme;
}

export function startTheme() {
  apply(chosen() ?? (system.matches ? "light" : "dark"));
  system.addEventListener("change", () => chosen() ?? apply(system.matches ? "light" : "dark"));
}

/** Change to the other one and remember it; returns its name. */
export function turnTheme() {
  const theme = currentTheme() === "light" ? "dark" : "light";
  apply(theme);
  try {
    localStorage.setItem(KEPT, theme);
  } catch { /* then it lasts as long as the tab */ }
  return theme;
}
