"""Code: one small piece in each of some languages, and a long one."""

PYTHON = """\
def greet(names: list[str]) -> str:
    \'\'\'Greet everybody once.\'\'\'
    return ", ".join(f"Hello {name}" for name in sorted(set(names)))


print(greet(["Alice", "Bob", "Alice"]))"""

JAVASCRIPT = """\
function greet(names) {
  // a set keeps everybody once
  return [...new Set(names)].sort().map((name) => `Hello ${name}`).join(", ");
}

console.log(greet(["Alice", "Bob", "Alice"]));"""

TYPESCRIPT = """\
function greet(names: readonly string[]): string {
  return [...new Set(names)].sort().map((name) => `Hello ${name}`).join(", ");
}

console.log(greet(["Alice", "Bob", "Alice"]));"""

RUST = """\
use std::collections::BTreeSet;

fn main() {
    // a set keeps everybody once, in order
    for name in BTreeSet::from(["Alice", "Bob", "Alice"]) {
        println!("Hello {name}");
    }
}"""

GO = """\
package main

import "fmt"

func main() {
\tseen := map[string]bool{}
\tfor _, name := range []string{"Alice", "Bob", "Alice"} {
\t\tif !seen[name] {
\t\t\tseen[name] = true
\t\t\tfmt.Println("Hello", name)
\t\t}
\t}
}"""

C = """\
#include <stdio.h>

int main(void) {
    const char *names[] = {"Alice", "Bob"};
    for (int i = 0; i < 2; i++) {
        printf("Hello %s\\n", names[i]);
    }
    return 0;
}"""

SQL = """\
SELECT DISTINCT 'Hello ' || name AS greeting
FROM people
WHERE name IN ('Alice', 'Bob')
ORDER BY name;"""

BASH = """\
for name in $(printf '%s\\n' Alice Bob Alice | sort -u); do
  echo "Hello $name"  # once each
done"""

JSON = """\
{
  "greetings": ["Hello Alice", "Hello Bob"],
  "twice": false,
  "count": 2
}"""

HTML = """\
<ul class="greetings">
  <li>Hello <b>Alice</b></li>
  <li>Hello <b>Bob</b></li>
</ul>"""

CODES = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "typescript": TYPESCRIPT,
    "rust": RUST,
    "go": GO,
    "sql": SQL,
    "bash": BASH,
    "json": JSON,
    "html": HTML,
    "c": C,
}
"""Code by its language. Where a question names several, the first of these is meant."""

_STEP = """\
def step_{number:02}(value: int) -> int:
    \'\'\'Step {number} of many, each as dull as the one before.\'\'\'
    return value * {number} + {square}  # grows"""


def long_python() -> str:
    """Return more Python than fits into one of Discord's messages."""
    return "\n\n\n".join(_STEP.format(number=number, square=number * number) for number in range(1, 26))
