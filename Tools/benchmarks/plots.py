"""Plots as SVG by hand: the same figures give the same bytes, and they can be read on light and on dark."""
import math
from xml.sax.saxutils import escape

WIDTH, LABELS, RIGHT = 720, 230, 110
BAR, GAP, TOP = 18, 8, 44
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.small { font-size: 11px; fill: #57606a }
.bar { fill: #8c959f } .ours { fill: #0969da } .limit { fill: #afb8c1 }
.axis { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.s0 { stroke: #0969da } .s1 { stroke: #bf8700 } .s2 { stroke: #1a7f37 } .s3 { stroke: #8250df }
.f0 { fill: #0969da } .f1 { fill: #bf8700 } .f2 { fill: #1a7f37 } .f3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 }
.bar { fill: #6e7681 } .ours { fill: #58a6ff } .limit { fill: #484f58 } .axis { stroke: #3d444d }
.s0 { stroke: #58a6ff } .s1 { stroke: #e3b341 } .s2 { stroke: #56d364 } .s3 { stroke: #bc8cff }
.f0 { fill: #58a6ff } .f1 { fill: #e3b341 } .f2 { fill: #56d364 } .f3 { fill: #bc8cff }
}
</style>"""


def number(value):
    if value >= 1_000_000:
        return f"{value / 1e6:,.3g} M"
    if value >= 10_000:
        return f"{value / 1e3:,.0f} K"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"


def page(height, title, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
        STYLE, f'<text class="title" x="0" y="18">{escape(title)}</text>', *parts, "</svg>", ""])


def text(x, y, content, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def bars(title, unit, rows, logarithmic=False):
    """`rows` are label, value and kind: ours, bar or limit. A value of None is written as not done."""
    most = max(value for _, value, _ in rows if value is not None)
    least = min(value for _, value, _ in rows if value) / 2

    def width(value):
        share = math.log(value / least) / math.log(most / least) if logarithmic else value / most
        return max(1.0, share * (WIDTH - LABELS - RIGHT))

    parts = [text(0, 35, unit + (", logarithmic" if logarithmic else ""), "small")]
    for n, (label, value, kind) in enumerate(rows):
        y = TOP + n * (BAR + GAP)
        parts.append(text(LABELS - 8, y + 13.5, label, anchor="end"))
        if not value:
            parts.append(text(LABELS, y + 13.5, "not done" if value is None else "0", "small"))
            continue
        parts.append(f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{width(value):.1f}" '
                     f'height="{BAR}" rx="2"/>')
        parts.append(text(LABELS + width(value) + 6, y + 13.5, number(value)))
    return page(TOP + len(rows) * (BAR + GAP), title, parts)


def groups(title, unit, heads, series):
    """Bars of several series under each head; `series` are label, values and kind, on a logarithmic scale."""
    top = TOP + 4
    values = [v for _, some, _ in series for v in some if v]
    least, most = min(values) / 2, max(values)
    parts = [text(0, 35, unit + ", logarithmic", "small")]
    for n, head in enumerate(heads):
        parts.append(text(0, top + 13.5, head))
        for label, some, kind in series:
            width = math.log(some[n] / least) / math.log(most / least) * (WIDTH - LABELS - RIGHT) if some[n] else 0
            parts.append(text(LABELS - 8, top + 13.5, label, "small", "end"))
            parts.append(f'<rect class="{kind}" x="{LABELS}" y="{top + 2}" width="{max(1.0, width):.1f}" '
                         f'height="{BAR - 4}" rx="2"/>')
            parts.append(text(LABELS + width + 6, top + 13.5, number(some[n]) if some[n] else "not done", "small"))
            top += BAR
        top += GAP + 4
    return page(top, title, parts)


def curves(title, unit, xs, series):
    """A line a series over `xs`, which are spaced evenly; each scaled to its own first value."""
    height, left, bottom = 260, 60, 210
    most = max(max(v / values[0] for v in values) for _, values in series)
    ceiling = max(1.5, math.ceil(most * 2) / 2)
    step = (WIDTH - left - RIGHT - 120) / max(1, len(xs) - 1)
    parts = [text(0, 35, unit, "small")]
    for n in range(int(ceiling * 2) + 1):
        y = bottom - n / 2 / ceiling * (bottom - TOP)
        parts.append(f'<line class="axis" x1="{left}" y1="{y:.1f}" x2="{WIDTH - RIGHT - 120}" y2="{y:.1f}"/>')
        parts.append(text(left - 8, y + 4, f"{n / 2:.1f}", "small", "end"))
    for n, x in enumerate(xs):
        parts.append(text(left + n * step, bottom + 18, number(x), "small", "middle"))
    for k, (label, values) in enumerate(series):
        points = [(left + n * step, bottom - v / values[0] / ceiling * (bottom - TOP))
                  for n, v in enumerate(values)]
        parts.append(f'<polyline class="line s{k % 4}" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts += [f'<circle class="f{k % 4}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
        parts.append(f'<rect class="f{k % 4}" x="{WIDTH - RIGHT - 105}" y="{TOP + k * 20}" width="10" height="10"/>')
        parts.append(text(WIDTH - RIGHT - 90, TOP + 10 + k * 20, label, "small"))
    return page(height, title, parts)
