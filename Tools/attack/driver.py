"""Runs the attacks and says which were refused as Protocol/ says."""

import argparse
import pathlib
import secrets
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

import device_bundles  # noqa: E402
import device_bytes  # noqa: E402,F401
import device_deliveries  # noqa: E402,F401
import device_files  # noqa: E402
import device_lies  # noqa: E402,F401
import device_releases  # noqa: E402
import hub_bundles  # noqa: E402,F401
import hub_entries  # noqa: E402,F401
import hub_files  # noqa: E402,F401
import hub_frames  # noqa: E402,F401
import hub_load  # noqa: E402
import hub_lines  # noqa: E402,F401
import hub_members  # noqa: E402,F401
import hub_references  # noqa: E402,F401
import hub_short  # noqa: E402,F401
from arena import ATTACKS, HubArena, nothing  # noqa: E402
from served import Programs, ServedHub  # noqa: E402
from town import Town  # noqa: E402

MEMORY_MAX_KIB = 64 << 10
# How long a hub bears a peer that says nothing (threat-model §6).
GRACE_SECONDS = 75
TOWNS = {town.NAME: town for town in (Town, device_files.FileTown, device_bundles.BundleTown, device_releases.ReleaseTown)}


class Tally:
    def __init__(self, verbose):
        self.refused, self.failed, self.messages, self.verbose = 0, [], 0, verbose

    def note(self, attack, problem, shots=1, seconds=0.0):
        self.messages += shots
        if problem is None:
            self.refused += 1
            if self.verbose:
                print(f"  refused  {attack.name}: {attack.what} ({shots}, {seconds:.1f} s)", flush=True)
        else:
            self.failed.append(attack.name)
            print(f"  FAILED   {attack.name}: {attack.what}\n           {problem}", flush=True)


def judge_hub(arena, attack, planted=False):
    """None when the attack was refused as it should be, else what happened; and how many messages it took."""
    arena.prepare(attack)
    before = arena.served.snapshot()
    try:
        outcomes, shots = arena.run(attack, planted)
    except Exception:
        return "the attack broke off: " + traceback.format_exc(limit=-3).replace("\n", "\n           "), 1
    if not arena.served.is_running():
        return "the hub is gone", shots
    after = arena.served.snapshot()
    wrong = sorted(outcomes - attack.expect)
    if wrong:
        return f"expected {' or '.join(sorted(attack.expect))}, got {', '.join(wrong)}", shots
    return (attack.effect or nothing)(before, after), shots


def against_hub(programs, options, tally):
    served = ServedHub(programs)
    arena = HubArena(served, options.seed)
    started = served.memory("VmRSS")
    is_whole = not (options.quick or options.only)
    if is_whole:
        hub_load.use(arena)
    base = served.memory("VmRSS")
    for attack in chosen("hub", options):
        began = time.monotonic()
        problem, shots = judge_hub(arena, attack)
        tally.note(attack, problem, shots, time.monotonic() - began)
        if not served.is_running():
            return
    if is_whole:
        under_load(arena, tally)
    grown = served.memory("VmHWM") - base
    print(f"  memory   up by {grown >> 10} MiB at most, from {base >> 10} MiB in use and {started >> 10} at the start")
    if grown > MEMORY_MAX_KIB:
        tally.failed.append("memory")
        print("  FAILED   the hub's memory grew by more than 64 MiB")
    if not served.is_sound():
        tally.failed.append("verify")
        print("  FAILED   the hub's own verify finds damage")
    arena.bystander.exchange(arena.bystander.next_push())
    code, seconds = served.stop()
    print(f"  stopped  with exit {code} after {seconds:.1f} s")
    if code != 0:
        tally.failed.append("stop")


def under_load(arena, tally):
    """The crowd, and then one peer of each kind to see that the hub lets go of it."""
    figures, problems = hub_load.measure(arena)
    print("  crowd    of {} peers: an honest sync takes {quiet_p50:.1f} ms (p99 {quiet_p99:.1f}) without it and "
          "{loaded_p50:.1f} ms (p99 {loaded_p99:.1f}) with it, {exchanges} each, {failed} failed".format(
              sum(hub_load.Crowd.KINDS.values()), **figures))
    kept = hub_load.released(arena.address, hub_load.asked(arena), GRACE_SECONDS * 2 + 10)
    if kept:
        problems.append("after two and a half minutes the hub still holds: " + ", ".join(sorted(kept)))
    for problem in problems:
        tally.failed.append("load")
        print("  FAILED   " + problem)
    for kind in hub_load.Crowd.KINDS:
        tally.refused += kind not in kept


class Towns:
    """Those that the chosen attacks need, each built when the first asks for it."""

    def __init__(self, programs, options):
        self.programs, self.seed, self.built = programs, options.seed, {}

    def of(self, attack):
        if attack.town not in self.built:
            self.built[attack.town] = TOWNS[attack.town](self.programs, self.seed)
        return self.built[attack.town]


def against_device(programs, options, tally):
    towns = Towns(programs, options)
    for attack in chosen("device", options):
        if options.quick:
            attack.shots = attack.shots[:1]
        began = time.monotonic()
        try:
            problem, shots = towns.of(attack).judge(attack)
        except Exception:
            problem, shots = "the attack broke off: " + traceback.format_exc(limit=-3), 1
        tally.note(attack, problem, shots, time.monotonic() - began)


def self_test(programs, options):
    """The genuine message in place of each forged one: every check must object."""
    unnoticed, count = [], 0
    if options.role != "device":
        served = ServedHub(programs)
        arena = HubArena(served, options.seed)
        for attack in chosen("hub", options):
            if attack.kind == "message":
                count += 1
                if judge_hub(arena, attack, planted=True)[0] is None:
                    unnoticed.append(attack.name)
        served.stop()
    if options.role != "hub":
        towns = Towns(programs, options)
        for attack in chosen("device", options):
            if attack.hook in HONEST and attack.effect is None and not attack.expect & {"0", "0 here"}:
                count += 1
                attack.setup, attack.shots = None, [HONEST[attack.hook]]
                if towns.of(attack).judge(attack)[0] is None:
                    unnoticed.append(attack.name)
    print(f"self-test: a genuine message was noticed in {count - len(unnoticed)} of {count} attacks")
    if unnoticed:
        print("  NOT NOTICED in " + ", ".join(unnoticed))
    return not unnoticed and count >= 3


HONEST = {"lie": lambda hub, answer, member, request: None, "alter": lambda hub, body, data: body,
          "file": lambda town, answer: None, "carry": lambda town: town.sealed(town.answers()), "release": lambda town: town.genuine}


def chosen(peer, options):
    return [a for a in ATTACKS[peer] if not options.only or any(word in a.name for word in options.only)]


def main():
    parser = argparse.ArgumentParser(prog="Tools/attack/run", description=__doc__)
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", help="attacks whose name contains this")
    parser.add_argument("--self-test", action="store_true", help="plant genuine messages: every check must object")
    parser.add_argument("--list", action="store_true", help="name the attacks and what must happen")
    parser.add_argument("--quick", action="store_true", help="one shot of each attack on a device, and no crowd")
    parser.add_argument("--role", choices=["hub", "device"], help="only towards this one")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--seed", default=None, help="of the attackers' keys and salts")
    parser.add_argument("--keep", action="store_true", help="keep the homes")
    options = parser.parse_args()
    options.seed = options.seed or secrets.token_hex(4)
    if options.list:
        for peer, attacks in ATTACKS.items():
            for attack in attacks:
                print(f"{peer}\t{attack.name}\t{' or '.join(sorted(attack.expect))}\t{attack.what}")
        return 0
    where = pathlib.Path(tempfile.mkdtemp(prefix="yarrow-attack-"))
    print(f"seed {options.seed}")
    try:
        programs = Programs(options.binaries, where)
        if options.self_test:
            return 0 if self_test(programs, options) else 1
        tally = Tally(options.verbose)
        began = time.monotonic()
        if options.role != "device":
            print("towards a hub")
            against_hub(programs, options, tally)
        if options.role != "hub":
            print("towards a device")
            against_device(programs, options, tally)
        print(f"{tally.refused} attacks refused, {len(tally.failed)} not, {tally.messages} messages and scenes, "
              f"{time.monotonic() - began:.0f} s")
        return 1 if tally.failed else 0
    finally:
        if options.keep:
            print(f"homes in {where}")
        else:
            shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
