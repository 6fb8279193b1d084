"""SIGKILL at every call of a scenario, and again at every call of the recovery (faults §4)."""
from programs import Failure


class Tally:
    """What was done, for the line at the end."""

    def __init__(self):
        self.trials = 0
        self.failures = []

    def attempt(self, label, body):
        self.trials += 1
        try:
            body()
        except Failure as failure:
            self.failures.append(f"{label}: {failure}")
            print(f"FAILED {label}: {failure}", flush=True)


def points(calls, stride, offset):
    """Where to kill: before and after every call, and in the middle of every write."""
    found = []
    for call in calls:
        for how in ("before", "after", "half"):
            if how == "half" and call.kind not in "wa":
                continue
            # A kill after a call and before the next one are the same moment but for the last.
            if how == "after" and call is not calls[-1]:
                continue
            found.append((call, how))
    return found[offset % stride::stride]


def run(scenario, tally, stride=1, recoveries=0, offset=0):
    """Kills at every `stride`-th point; of those, every `recoveries`-th also while it recovers."""
    scenario.start()
    whole = scenario.act(scenario.programs.faulty(scenario.roots()))
    if whole.status not in scenario.ends:
        raise Failure(f"{scenario.name} undisturbed ends with {whole.status}: {whole.err.strip()}")
    tally.attempt(f"{scenario.name} undisturbed", lambda: scenario.check(whole))
    calls = whole.calls
    fired = 0
    for index, (call, how) in enumerate(points(calls, stride, offset)):
        label = f"{scenario.name} kill:{call.number}:{how} ({call.name})"

        def trial():
            nonlocal fired
            scenario.start()
            result = scenario.act(
                scenario.programs.faulty(scenario.roots(), f"kill:{call.number}:{how}"))
            fired += result.killed
            if recoveries and index % recoveries == 0 and result.killed:
                scenario.town.stop()
                scenario.town.keep("crashed")
                recover(scenario, result, tally, label)
                scenario.town.restore("crashed")
                if scenario.serves:
                    scenario.town.serve()
            scenario.check(result)
        tally.attempt(label, trial)
    return len(calls), fired


def recover(scenario, result, tally, label):
    """Kills the recovery at each of its calls; each time from what the first kill left."""
    if scenario.serves:
        scenario.town.serve()
    calls = scenario.recover(scenario.programs.faulty(scenario.roots())).calls
    for call, how in points(calls, 1, 0):
        def trial():
            scenario.town.restore("crashed")
            if scenario.serves:
                scenario.town.serve()
            again = scenario.recover(
                scenario.programs.faulty(scenario.roots(), f"kill:{call.number}:{how}"))
            scenario.check(merged(scenario, result, again))
        tally.attempt(f"{label}, then kill:{call.number}:{how} ({call.name})", trial)


def merged(scenario, first, second):
    """What both printed: the acknowledgements of either hold. A next command that only looks at the home
    acknowledges nothing."""
    repeats = scenario.recovery is None and not first.out
    second.out = first.out + (second.out if repeats else "")
    second.err = first.err
    return second
