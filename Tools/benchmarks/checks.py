"""Checks the tool itself, without the programs: its wire, its line by hand, its page, its plots."""
import socket
import threading
import xml.etree.ElementTree as xml

import plots
from emulator import CLEAR, Way, Weather
from figures import marks, with_section
from proxy import Wire


def echo():
    """A server that sends back what it gets, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            line, _ = listener.accept()
            try:
                while data := line.recv(1 << 16):
                    line.sendall(data)
            except OSError:
                pass
            line.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def exchanged(wire, count):
    """How many of so many bytes came back before the line ended."""
    got = 0
    with socket.create_connection(("127.0.0.1", wire.port), timeout=5) as line:
        try:
            line.sendall(bytes(count))
            line.shutdown(socket.SHUT_WR)
            while data := line.recv(1 << 16):
                got += len(data)
        except OSError:
            pass
    return got


def the_wire_counts_both_ways_and_cuts_once():
    wire = Wire()
    wire.lead(echo())
    assert exchanged(wire, 5_000) == 5_000
    counts = wire.take()
    assert (counts.up, counts.down, counts.connections) == (5_000, 5_000, 1), counts
    wire.cut_after(6_000)
    assert not wire.was_cut and exchanged(wire, 5_000) < 5_000 and wire.was_cut
    assert wire.take().both == 6_000
    assert exchanged(wire, 5_000) == 5_000
    wire.close()


def a_way_has_the_rate_the_delay_and_the_loss_that_were_asked_for():
    way = Way(1)
    way.turn(Weather("", bits=64_000, round_trip=0.6))
    for _ in range(10):
        way.push(bytes(800), 0.0, False)
    assert not list(way.pop(0.39)) and len(list(way.pop(0.401))) == 1
    assert len(list(way.pop(1.301))) == 9
    way.turn(Weather("", loss=0.2))
    for _ in range(10_000):
        way.push(b"x", 1.0, False)
        list(way.pop(1.0))
    arrived = (way.traffic.arrived - 10) / 10_000
    assert 0.78 < arrived < 0.82, arrived
    way.push(b"x", 1.0, True)
    assert way.next_at is None


def the_tail_of_a_full_queue_is_dropped():
    way = Way(1)
    way.turn(Weather("", bits=8_000))
    for _ in range(60):
        way.push(bytes(100), 0.0, False)
    assert len(list(way.pop(100.0))) == 50


def a_line_is_down_for_a_part_of_each_period_from_the_first_cut_on():
    weather = Weather("", cut_every=20, cut_for=5, first_cut=8)
    assert [weather.is_down(age) for age in (1, 7.9, 8, 12.9, 13, 27, 29)] == [
        False, False, True, True, False, False, True]
    assert not CLEAR.is_down(20)


def a_section_replaces_itself_alone():
    groups = ["a", "b", "c"]
    text = with_section(with_section("# Page\n", "c", "old c", groups), "a", "old a", groups)
    assert text.index("old a") < text.index("old c")
    text = with_section(with_section(text, "b", "the b", groups), "a", "new a", groups)
    assert "old a" not in text and "old c" in text and text.count(marks("a")[0]) == 1
    assert text.index("new a") < text.index("the b") < text.index("old c")


def plots_are_the_same_for_the_same_figures_and_are_xml():
    rows = [("Yarrow", 120.0, "ours"), ("<git>", 700.0, "bar"), ("none", None, "bar")]
    one, two = plots.bars("a & b", "bytes", rows), plots.bars("a & b", "bytes", rows)
    assert one == two and xml.fromstring(one).tag.endswith("svg")
    xml.fromstring(plots.groups("t", "s", ["x", "y"], [("a", [1, None], "ours"), ("b", [3, 900], "bar")]))
    xml.fromstring(plots.curves("t", "times", [10, 100], [("a", [1.0, 1.1]), ("b", [2.0, 3.0])]))


CHECKS = [the_wire_counts_both_ways_and_cuts_once, a_way_has_the_rate_the_delay_and_the_loss_that_were_asked_for,
          the_tail_of_a_full_queue_is_dropped, a_line_is_down_for_a_part_of_each_period_from_the_first_cut_on,
          a_section_replaces_itself_alone, plots_are_the_same_for_the_same_figures_and_are_xml]


def run():
    failed = 0
    for check in CHECKS:
        try:
            check()
        except AssertionError as error:
            failed += 1
            print(f"FAILED {check.__name__}: {error}")
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks hold")
    return 1 if failed else 0
