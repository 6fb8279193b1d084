"""The sections of the README: one a group, each with the date and the machine of its own run."""
import contextlib
import os
import pathlib
import platform
import time

from measuring import say

HERE = pathlib.Path(__file__).resolve().parent
README = HERE / "README.md"


class Section:
    """What one group found: bounds that are met or not, tables to compare, plots, notes."""

    def __init__(self, group, title):
        self.group, self.title = group, title
        self.rows, self.parts, self.plots = [], [], {}
        self.load_before = os.getloadavg()[0]

    def add(self, what, bound, figure, ratio, met):
        self.rows.append((what, bound, figure, ratio, "yes" if met else "**no**"))
        say(f"  {what}: {figure} {ratio} (bound {bound}): {'met' if met else 'NOT MET'}")

    def note(self, text):
        self.parts.append(text)

    def table(self, heads, rows):
        self.parts.append(table(heads, rows))

    def plot(self, name, svg, says):
        """A plot to be kept beside the README and shown there; `says` is for who cannot see it."""
        self.plots[name] = svg
        self.parts.append(f"![{says}](plots/{name}.svg)")

    @property
    def is_met(self):
        return all(row[-1] == "yes" for row in self.rows)

    def text(self):
        head = (f"Measured on {time.strftime('%d %B %Y', time.gmtime())}: {processor()}, "
                f"{os.cpu_count()} cores, {platform.system()} {platform.release()}. "
                f"Load before and after: {self.load_before:.1f}, {os.getloadavg()[0]:.1f}.")
        parts = [f"## {self.group}: {self.title}", head]
        if self.rows:
            parts.append(table(["what", "bound", "figure", "ratio", "met"], self.rows))
        return "\n\n".join(parts + self.parts)

    def write(self, groups, only_prints=False):
        text = self.text()
        print(text + "\n", flush=True)
        if only_prints:
            return
        page = README.read_text(encoding="utf-8")
        README.write_text(with_section(page, self.group, text, groups), encoding="utf-8")
        (HERE / "plots").mkdir(exist_ok=True)
        for name, svg in self.plots.items():
            kept = HERE / "plots" / f"{name}.svg"
            kept.write_text(svg, encoding="utf-8")
            kept.chmod(0o644)


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def marks(group):
    return f"<!-- figures: {group} -->\n", f"<!-- end of figures: {group} -->\n"


def with_section(text, group, section, groups):
    """The page with this group's section replaced, or put before the first one that comes later."""
    start, end = marks(group)
    block = start + section + "\n" + end
    if start in text:
        before, rest = text.split(start, 1)
        return before + block + rest.split(end, 1)[1]
    for later in groups[groups.index(group) + 1:]:
        mark = marks(later)[0]
        if mark in text:
            before, rest = text.split(mark, 1)
            return before + block + "\n" + mark + rest
    return text.rstrip("\n") + "\n\n" + block


def processor():
    with contextlib.suppress(OSError):
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":")[1].strip()
    return platform.machine()
