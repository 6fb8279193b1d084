"""A copy of the checkout with a build of its own, in which faults are planted."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass

from patches import ROOT, git_apply

TEST_SECONDS_MAX = 900
# What nobody looks at here makes builds slow. The index must stay: test suites are found with it.
LIGHT = ["-debug-info-format", "none"]
# As in Tools/test: a key derived from a passphrase takes five times as long without.
OPTIMIZED = ["-Xcc", "-O1"]


@dataclass
class Built:
    ok: bool
    errors: str = ""


@dataclass
class Tested:
    ran: bool
    noticed: bool
    by: str = ""


class Scratch:
    def __init__(self, folder, filters):
        """Builds only what the filtered tests need; `filters` are those of all patches, so that the
        build stays the same whichever are planted."""
        self.testers = {each.split(".")[0] for each in filters}
        self.tree = folder / "tree"
        self.memory = folder / "passed.json"
        self.tree.mkdir(parents=True, exist_ok=True)
        self.key = self._copy()

    # A file that stays as it is keeps its time, so only what changed is built again.
    def _copy(self):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
            check=True, capture_output=True, text=True).stdout
        names = sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())
        if (ROOT / "Package.resolved").exists():
            names.append("Package.resolved")
        digest = hashlib.sha256()
        for name in names:
            content = (ROOT / name).read_bytes()
            if name == "Package.swift":
                content += self._without_the_rest()
            self._put(name, content)
            if name.startswith(("Sources/", "Tests/", "Protocol/vectors/", "Package.swift")):
                digest.update(f"{name}\0{len(content)}\0".encode() + content)
        wanted = set(names)
        for path in sorted(self.tree.rglob("*")):
            name = str(path.relative_to(self.tree))
            if path.is_file() and not name.startswith(".build/") and name not in wanted:
                if name != "Package.resolved":
                    path.unlink()
        return digest.hexdigest()

    def _without_the_rest(self):
        described = subprocess.run(
            ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True, text=True)
        targets = {each["name"]: [
            dependency[kind][0] for dependency in each["dependencies"]
            for kind in ("byName", "target") if kind in dependency
        ] for each in json.loads(described.stdout)["targets"]}
        needed, coming = set(), [name for name in self.testers if name in targets]
        while coming:
            name = coming.pop()
            if name in targets and name not in needed:
                needed.add(name)
                coming += targets[name]
        listed = ", ".join(f'"{name}"' for name in sorted(set(targets) - needed))
        return (
            f"\nlet unneeded: Set<String> = [{listed}]\n"
            "package.targets.removeAll { unneeded.contains($0.name) }\n"
            "package.products.removeAll { unneeded.contains($0.name) }\n").encode()

    def _put(self, name, content):
        place = self.tree / name
        if place.exists() and place.read_bytes() == content:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        shutil.copymode(ROOT / name, place)

    def apply(self, patch):
        done = git_apply(self.tree, patch)
        changed = any((self.tree / name).read_bytes() != (ROOT / name).read_bytes()
                      for name in patch.files)
        if done.returncode or not changed:
            raise SystemExit(f"mutants: {patch.name} does not apply\n{done.stderr}")

    def restore(self, patch):
        for name in patch.files:
            self._put(name, (ROOT / name).read_bytes())

    # What passed without a fault is remembered for the very same sources.
    def passed(self):
        if not self.memory.exists():
            return []
        held = json.loads(self.memory.read_text())
        return held["filters"] if held["key"] == self.key else []

    def note_passed(self, each):
        filters = sorted({*self.passed(), each})
        self.memory.write_text(json.dumps({"key": self.key, "filters": filters}))

    def build(self):
        ended, out = self._run(None, "swift", "build", "--build-tests", *LIGHT, *OPTIMIZED)
        lines = [line for line in out.splitlines() if "error:" in line]
        return Built(ended == 0, "\n".join(lines[:12]) or out[-1_500:])

    def test(self, each):
        """Programs and servers wait for each other, so nothing runs beside anything."""
        ended, out = self._run(
            TEST_SECONDS_MAX, "swift", "test", "--skip-build", *LIGHT, "--no-parallel", "--filter",
            f"^{re.escape(each)}[./]")
        ran = re.search(r"Test run with ([1-9]\d*) tests?", out) is not None
        failed = re.findall(
            r"^\S+ +Test (?!run with )(.+?) (?:with \d+ test cases? )?failed after", out, re.MULTILINE)
        if failed:
            more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
            return Tested(True, True, f"{each}: {plain(failed[0])}{more}")
        if ended == 0:
            return Tested(ran, False)
        started = re.findall(r"^\S+ +Test (?!run |case )(.+?) started\.", out, re.MULTILINE)
        if not started:
            raise SystemExit(f"mutants: {each} could not be run\n{out[-1_500:]}")
        how = "does not end" if ended is None else "traps"
        return Tested(True, True, f"{each}: {how} in {plain(started[-1])}")

    def _run(self, seconds, *words):
        process = subprocess.Popen(
            words, cwd=self.tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True)
        try:
            out, _ = process.communicate(timeout=seconds)
            return process.returncode, out
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate()
            return None, out


def plain(name):
    return name.strip("`\"").removesuffix("()").strip("`\"")
