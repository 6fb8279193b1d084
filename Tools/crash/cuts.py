"""Power cuts in the midst of one command, checked as after a kill: by the commands that come next (faults
§7). A second or more for each image, so of few; days.py has what opens many."""
import random
import time

from disk import Disk, Place, contents
from power import CONTROLS
from programs import Failure, Result

# Shorter is what closes a line, longer is a request.
REQUEST = 64


class Trace:
    """One run of a scenario, with all that it wrote, and the homes of the others as they then were."""

    def __init__(self, scenario):
        self.scenario, self.town = scenario, scenario.town
        if scenario.is_server:
            raise SystemExit(f"crash: {scenario.name} is no command that ends; there is `power hub`")
        scenario.start()
        self.before = {}
        for root in scenario.roots():
            self.before.update(contents(root))
        faulty = scenario.programs.faulty(scenario.roots(), data=True)
        faulty["YARROW_FAULT_ANSWERS"] = "1"
        self.whole = scenario.act(faulty)
        if self.whole.status not in scenario.ends:
            raise Failure(f"{scenario.name} undisturbed ends with {self.whole.status}: {self.whole.err.strip()}")
        self.town.stop()
        self.town.keep("after")
        scenario.check(self.whole)

    def check(self, image, said, asked):
        """asked: the command had asked its hub by then, which did what was asked."""
        self.town.restore("after" if asked else self.scenario.name)
        for root in self.scenario.roots():
            Place(root, root).put(image)
        if self.scenario.serves:
            self.town.serve()
        whole = self.whole
        self.scenario.after_power = True
        self.scenario.check(Result(-9, whole.out if said else "", "", whole.calls))


def images(trace, calls, count, seed, told_only):
    """Each distinct image, with what had been said and asked by then; `told_only` after what was printed."""
    disk, chance, seen = Disk(trace.before), random.Random(seed), set()
    said = asked = False
    each, stride = max(1, count // (len(calls) + 1)), max(1, (len(calls) + 1) // count)
    for at in range(len(calls) + 1):
        if at:
            call = calls[at - 1]
            disk.play(call)
            said = said or call.kind == "a" and not call.error
            asked = asked or call.kind == "n" and call.offset >= REQUEST
        wanted = count if told_only and said else 0 if told_only or (at + seed) % stride else each
        for k in range(wanted):
            image, key = disk.image(chance)
            yield f"call {at} image {k}", image, said, asked, (key, said, asked) not in seen
            seen.add((key, said, asked))


def run(scenario, tally, count, seed):
    trace = Trace(scenario)
    for control in CONTROLS:
        found = tried = 0
        for _, image, said, asked, is_new in images(trace, control(trace.whole.calls), 10, seed, True):
            if not is_new:
                continue
            tried += 1
            try:
                trace.check(image, said, asked)
            except Failure:
                found = tried
                break
            if tried == 40:
                break
        if not found:
            tally.failures.append(f"power {scenario.name}: nothing found with {control.__name__}")
        print(f"power {scenario.name}, planted {control.__name__}: "
              f"{'found' if found else 'NOT FOUND'} after {tried} images", flush=True)
    began, made, opened, failures = time.monotonic(), 0, 0, len(tally.failures)
    for label, image, said, asked, is_new in images(trace, trace.whole.calls, count, seed, False):
        made += 1
        if is_new:
            opened += 1
            tally.attempt(f"power {scenario.name} seed {seed}: {label}",
                          lambda: trace.check(image, said, asked))
    print(f"power {scenario.name} seed {seed}: {made} images of {len(trace.whole.calls) + 1} moments, {opened} "
          f"distinct, {len(tally.failures) - failures} failures, {time.monotonic() - began:.0f} s", flush=True)
