"""Every error at every call, and a disk that fills up (faults §5, §6)."""
import errno
import os
import signal

from programs import Failure

# What a call of each kind can be told. Standard output is a file too.
ERRORS = {
    "w": ["EIO", "ENOSPC", "EINTR", "short"],
    "a": ["EIO", "EINTR", "short"],
    "o": ["EMFILE", "EIO"],
    "c": ["EMFILE", "EIO", "ENOSPC"],
    "s": ["EIO", "EINTR"],
    "d": ["EIO", "EINTR"],
    "t": ["EIO"], "r": ["EIO"], "u": ["EIO"], "m": ["EIO"], "x": ["EIO"], "l": ["EIO"],
    "p": ["EIO", "EINTR", "short"],
    "e": ["EIO", "EACCES"],
}
DISK = 74
# Kinds of calls that are numbered only when asked for.
ASKED = {"reads": "p", "looks": "e"}


def spec(call, error):
    return f"short:{call.number}" if error == "short" else f"fail:{call.number}:{getattr(errno, error)}"


def is_sync(call):
    """Of a file or a directory. A directory is opened for nothing else."""
    return call.kind in "sd" or call.kind == "o" and os.path.isdir(call.path)


def brings(calls, call):
    """Whether this sync had anything to bring to the disk: of a file that an earlier one brought there
    whole, it had not."""
    if call.kind != "s":
        return True
    dirty = False
    for earlier in calls:
        if earlier.number >= call.number:
            break
        if earlier.inode == call.inode and not earlier.error:
            dirty = earlier.kind in "cwt" or dirty and earlier.kind != "s"
    return dirty


def run(scenario, tally, stride=1, asked="", offset=0, chosen=lambda call: True):
    """One trial for each call and each error that it can have; every `stride`-th of these.

    asked: `reads` or `looks`, for calls that are numbered only then; of these alone.
    chosen: says of which calls, if not of all.
    """
    scenario.start()
    whole = scenario.act(scenario.programs.faulty(scenario.roots(), asked=asked))
    tally.attempt(f"{scenario.name} undisturbed", lambda: scenario.check(whole))
    trials = [(call, error) for call in whole.calls
              if chosen(call) and call.kind in (ASKED[asked] if asked else call.kind)
              for error in ERRORS[call.kind]]
    refused = 0
    for call, error in trials[offset % stride::stride]:
        def trial():
            nonlocal refused
            scenario.start()
            result = scenario.act(
                scenario.programs.faulty(scenario.roots(), spec(call, error), asked=asked))
            judge(scenario, result, call, error)
            refused += result.status == DISK
            scenario.check(result)
        tally.attempt(f"{scenario.name} {spec(call, error)} ({error} at {call.name})", trial)
    return len(whole.calls), refused


def judge(scenario, result, call, error):
    """The status and the words, before anything is looked at."""
    if scenario.is_server:
        # A server that cannot go on says so and ends, or goes on; the devices are told to come again.
        if result.status not in (0, DISK, -signal.SIGTERM):
            raise Failure(f"the server ended with {result.status}: {result.err.strip()[-200:]}")
        return
    acknowledged = bool(result.objects)
    if is_sync(call) and acknowledged and scenario.durable(call, result.calls) and brings(result.calls, call):
        raise Failure(f"acknowledged after a sync of {os.path.basename(call.path.rstrip('/'))} failed")
    if result.status in scenario.ends:
        return
    if result.status != DISK:
        raise Failure(f"ended with {result.status}: {result.err.strip()[-300:]}")
    # The words may have been the thing that could not be written.
    if acknowledged and call.kind != "a":
        raise Failure("said that the disk failed, and acknowledged all the same")
    if not result.err.strip():
        raise Failure("said nothing about the disk")


def fill(scenario, tally, count):
    """The disk fills after each of `count` numbers of bytes, spread over all that is written."""
    scenario.start()
    whole = scenario.act(scenario.programs.faulty(scenario.roots(), data=True))
    total = sum(len(call.data) for call in whole.calls if call.kind == "w")
    refused = 0
    for n in range(count):
        size = total * n // count

        def trial():
            nonlocal refused
            scenario.start()
            result = scenario.act(scenario.programs.faulty(scenario.roots(), f"full:{size}"))
            if not scenario.is_server:
                if result.status not in (*scenario.ends, DISK):
                    raise Failure(f"ended with {result.status}: {result.err.strip()[-300:]}")
                if result.status == DISK and result.objects:
                    raise Failure("said that the disk is full, and acknowledged all the same")
                refused += result.status == DISK
            scenario.check(result)
        tally.attempt(f"{scenario.name} full:{size} of {total}", trial)
    return total, refused
