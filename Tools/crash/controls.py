"""Faults that must be found: each promise is broken below the programs, and its trials must say so
(faults §9). Those of a power cut stand in power.py."""
import contextlib
import errors
import kills
from programs import Failure

LIES = {"YARROW_FAULT_LIES": "1"}
DROPS = {"YARROW_FAULT_DROPS": "-journal"}


class Found(Exception):
    """The first trial that failed; the others are not needed."""


class Looking(kills.Tally):
    def attempt(self, label, body):
        self.trials += 1
        try:
            body()
        except Failure as failure:
            raise Found(f"{label}: {failure}") from None


# What is planted, where, and the trials that must find it.
CONTROLS = [
    ("a sync that failed is taken for one that did not", LIES, "new",
     lambda scenario, tally: errors.run(scenario, tally, chosen=errors.is_sync)),
    ("a read that failed is taken for zeros", LIES, "new",
     lambda scenario, tally: errors.run(scenario, tally, 3, "reads")),
    ("a full disk is taken for one with room", LIES, "import",
     lambda scenario, tally: errors.fill(scenario, tally, 6)),
    ("no journal is written", DROPS, "import",
     lambda scenario, tally: kills.run(scenario, tally, 12)),
]


def run(town, tally, known):
    for name, planted, scenario, trials in CONTROLS:
        looking = Looking()
        found = None
        with contextlib.ExitStack() as stack:
            stack.callback(town.programs.planted.clear)
            stack.callback(town.stop)
            prepared = known[scenario](town)
            town.programs.planted.update(planted)
            try:
                trials(prepared, looking)
            except Found as first:
                found = first
        tally.trials += looking.trials
        if not found:
            tally.failures.append(f"planted, {name}: nothing found")
        print(f"planted, {name}: {'found' if found else 'NOT FOUND'} after {looking.trials} trials",
              flush=True)
