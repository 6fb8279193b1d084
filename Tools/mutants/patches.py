"""The patches, and whether they still fit what they are to break."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Patch:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.text = path.read_text()

    def _head(self, word):
        found = re.search(rf"^# {word}: (.+)$", self.text, re.MULTILINE)
        return found.group(1).strip() if found else ""

    @property
    def promise(self):
        return self._head("promise")

    @property
    def kills(self):
        """Filters of `swift test`: a target, or a suite of it."""
        return [each for each in self._head("kills").split("|") if each]

    @property
    def files(self):
        return re.findall(r"^\+\+\+ b/(.+)$", self.text, re.MULTILINE)

    @property
    def target(self):
        return self.files[0].split("/")[1]


def git_apply(root, patch, *arguments):
    # A copy that lies inside of another repository is none of its folders: git would leave out what
    # is above it without a word.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(pathlib.Path(root).parent))
    return subprocess.run(
        ["git", "apply", *arguments, str(patch.path.resolve())], cwd=root, env=environment,
        capture_output=True, text=True)


def suites():
    """Every suite as `Target.Suite`, and every target."""
    found = set()
    for path in (ROOT / "Tests").rglob("*.swift"):
        target = path.relative_to(ROOT / "Tests").parts[0]
        found.add(target)
        for name in re.findall(r"\b(?:struct|class|actor) (\w+)", path.read_text()):
            found.add(f"{target}.{name}")
    return found


SUITES = suites()


def faults_of(patch):
    if not patch.promise or not patch.kills:
        return [f"{patch.name}: say `# promise:` in one sentence, and `# kills:`"]
    if not patch.files or not all(name.startswith("Sources/") for name in patch.files):
        return [f"{patch.name}: a fault is planted in Sources"]
    faults = [f"{patch.name}: there are no tests {each}" for each in patch.kills if each not in SUITES]
    applied = git_apply(ROOT, patch, "--check")
    if applied.returncode:
        faults.append(f"{patch.name}: does not apply; make it anew\n{applied.stderr.rstrip()}")
    return faults
