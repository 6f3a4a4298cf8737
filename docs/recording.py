"""Records a terminal while a command runs, as a picture that moves: `python docs/recording.py FILE.svg COMMAND ...`.

It also writes the answer that the command prints into README.md, between the marks that stand there for it.
"""

import os
import pty
import re
import subprocess
import sys
import time
from html import escape
from pathlib import Path

import pyte

COLUMNS, LINES = 100, 32
STEP_SECONDS = 4.0
"""Screens closer to each other than this are shown as one."""
SHOWN_SECONDS = 0.6
"""For how long each is shown; the last one stays for LAST_SECONDS."""
LAST_SECONDS = 10.0
WIDTH, HEIGHT, FONT = 8.4, 18, 14
MARKS = re.compile(r"(<!-- the answer -->\n).*?(<!-- end of it -->)", re.DOTALL)


def recorded(command: list[str]) -> list[list[str]]:
    """Return the screens of a terminal while a command runs, each as its lines."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    leader, follower = pty.openpty()
    env = {**os.environ, "COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm-256color", "NO_COLOR": "1"}
    began, screens = time.monotonic(), [[f"$ {' '.join(command)}"]]
    running = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=env, close_fds=True)
    os.close(follower)
    while True:
        try:
            found = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not found:
            break
        stream.feed(found)
        if time.monotonic() - began > STEP_SECONDS * len(screens):
            screens.append(lines_of(screen, command))
    if running.wait() != 0:
        raise SystemExit(f"the command ended with {running.returncode}")
    return [*screens, lines_of(screen, command)]


def lines_of(screen: pyte.Screen, command: list[str]) -> list[str]:
    """Return what a screen shows, below the command."""
    shown = [line.rstrip() for line in screen.display]
    while shown and not shown[-1]:
        shown.pop()
    return [f"$ {' '.join(command)}", *shown][: LINES + 1]


def drawn(screens: list[list[str]]) -> str:
    """Return screens as one moving picture."""
    distinct = [screen for number, screen in enumerate(screens) if number == 0 or screen != screens[number - 1]]
    total = SHOWN_SECONDS * (len(distinct) - 1) + LAST_SECONDS
    width, height = COLUMNS * WIDTH + 24, (LINES + 1) * HEIGHT + 24
    parts, rules = [], []
    for number, screen in enumerate(distinct):
        begins = 100 * SHOWN_SECONDS * number / total
        ends = 100.0 if number + 1 == len(distinct) else 100 * SHOWN_SECONDS * (number + 1) / total
        hidden = f"0%,{begins:.3f}%{{opacity:0}}" if number else ""
        after = f"{ends:.3f}%,100%{{opacity:0}}" if ends < 100 else ""
        rules.append(f"@keyframes s{number}{{{hidden}{begins:.3f}%,{ends:.3f}%{{opacity:1}}{after}}}")
        rules.append(f"#s{number}{{animation:s{number} {total:.1f}s step-end infinite}}")
        texts = [
            f'<text x="12" y="{24 + HEIGHT * row}" xml:space="preserve">{escape(line)}</text>'
            for row, line in enumerate(screen)
            if line
        ]
        still = "" if number + 1 == len(distinct) else ' opacity="0"'
        parts.append(f'<g id="s{number}"{still}>{"".join(texts)}</g>')
    style = f"text{{font:{FONT}px monospace;fill:#e6e6e6}}{''.join(rules)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">'
        f"<title>{escape(' '.join(distinct[-1]))}</title><style>{style}</style>"
        f'<rect width="100%" height="100%" rx="8" fill="#16181d"/>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    """Record, draw, and put the answer into the first page."""
    target, *command = sys.argv[1:]
    screens = recorded(command)
    Path(target).write_text(drawn(screens), encoding="utf-8")
    readme = Path(__file__).parents[1] / "README.md"
    lines = [line for line in screens[-1] if line]
    answer = "\n".join(lines[next(number for number, line in enumerate(lines) if line.startswith(("┏", "┃"))) :])
    text = readme.read_text(encoding="utf-8")
    readme.write_text(MARKS.sub(lambda found: f"{found[1]}```\n{answer}\n```\n{found[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
