"""The disk under a trace: what of it is certain, and what a power cut may leave of the rest (faults §7)."""
import hashlib
import itertools
import os

SECTOR = 512
BLOCK = 4096


class File:
    """What of a file is certain, and what was written since it was last synced."""

    def __init__(self, number, content=b""):
        self.number = number  # another than that of every other file: a disk gives its own out again
        self.content = bytes(content)
        self.pending = []  # ("w", offset, bytes) or ("t", length)
        self.version = 0
        self.pieces, self.touched = [], (-1, [], 0)  # of what is pending, as far as it was looked at

    def sync(self):
        if self.pending:
            content = bytearray(self.content)
            for step in self.pending:
                apply(content, step)
            self.content, self.pending, self.pieces = bytes(content), [], []
            self.version += 1

    def sectors(self):
        """Each pending write in the pieces that reach the disk or do not, None for another length."""
        for step in self.pending[len(self.pieces):]:
            self.pieces.append(list(sectors(step)) if step[0] == "w" else None)
        return self.pieces

    def changed(self, content):
        """The blocks in which an outcome is another than what is certain, each behind its number."""
        if self.touched[0] != len(self.pending):
            # From the shortest that the file may be on, every block can be another.
            end = min([len(self.content)] + [step[1] for step in self.pending if step[0] == "t"]) // BLOCK
            blocks = set()
            for step in self.pending:
                if step[0] == "w":
                    blocks.update(range(step[1] // BLOCK, min(end, (step[1] + len(step[2]) - 1) // BLOCK + 1)))
            self.touched = len(self.pending), sorted(blocks), end
        _, blocks, end = self.touched
        for block in itertools.chain(blocks, range(end, len(content) // BLOCK + 1)):
            part = content[block * BLOCK:(block + 1) * BLOCK]
            if part != self.content[block * BLOCK:(block + 1) * BLOCK]:
                yield block.to_bytes(8, "big") + part


def apply(content, step):
    if step[0] == "t":
        length = step[1]
        if length < len(content):
            del content[length:]
        else:
            content.extend(bytes(length - len(content)))
    else:
        _, offset, data = step
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset:offset + len(data)] = data


def sectors(step):
    """A write as the pieces that reach the disk or do not."""
    _, offset, data = step
    at = 0
    while at < len(data):
        end = min(len(data), (offset + at) // SECTOR * SECTOR + SECTOR - offset)
        yield ("w", offset + at, data[at:end])
        at = end


class Disk:
    """Files and names. A name lasts when its directory was synced; names reach the disk in order, as
    a journalling file system keeps them, contents in any order and in parts."""

    def __init__(self, before):
        """before: {path: (inode, content), or None for a directory} when the trace began."""
        self.files, self.names, self.names_pending, self.made = {}, {}, [], 0
        for path, known in before.items():
            self.names[path] = known and self.new(*known)

    def new(self, inode, content=b""):
        self.made += 1
        self.files[inode] = File(self.made, content)
        return self.files[inode]

    def now(self):
        """Names as a running program sees them."""
        names = dict(self.names)
        for step in self.names_pending:
            rename(names, step)
        return names

    def play(self, call):
        if call.error or call.kind in "opane":
            return
        if call.kind == "c":
            self.names_pending.append(("link", call.path, self.new(call.inode)))
        elif call.kind == "w":
            self.file(call).pending.append(("w", call.offset, call.data))
        elif call.kind == "t":
            self.file(call).pending.append(("t", call.offset))
        elif call.kind == "s":
            self.file(call).sync()
        elif call.kind == "m":
            self.names_pending.append(("link", call.path, None))
        elif call.kind in "ux":
            self.names_pending.append(("unlink", call.path))
        elif call.kind == "r":
            self.names_pending.append(("rename", call.path, call.data.decode()))
        elif call.kind == "l":
            self.names_pending.append(("link", call.data.decode(), self.now()[call.path]))
        elif call.kind == "d":
            # What came before the last change of this directory came to the disk before it.
            last = max((n for n, step in enumerate(self.names_pending)
                        if call.path.rstrip("/") in map(os.path.dirname, step[1:] if step[0] == "rename"
                                                        else step[1:2])), default=-1)
            for step in self.names_pending[:last + 1]:
                rename(self.names, step)
            del self.names_pending[:last + 1]

    def file(self, call):
        """One that the trace does not show being made is one that lay elsewhere before."""
        return self.files[call.inode] if call.inode in self.files else self.new(call.inode)

    def is_certain(self):
        """Whether a cut at this moment has one outcome."""
        return not self.names_pending and not any(file and file.pending for file in self.names.values())

    def image(self, chance):
        """One outcome of a cut at this moment: {path: content, None for a directory}, and what tells it
        from others."""
        how = chance.choice(["lost", "kept", "names", "torn", "torn", "torn", "early"])
        kept = {"lost": 0, "kept": len(self.names_pending)}.get(
            how, chance.randint(0, len(self.names_pending)))
        names = dict(self.names)
        for step in self.names_pending[:kept]:
            rename(names, step)
        odds = chance.choice([0.05, 0.5, 0.5, 0.95])
        junk = chance.random() < 0.3
        image, key = {}, hashlib.blake2b(digest_size=16)
        for path, file in sorted(names.items()):
            if file is None:
                image[path] = None
                key.update(f"{path}/ ".encode())
                continue
            content = self.content(file, how, odds, junk, chance)
            image[path] = content
            # Nobody reads what a synced file holds; only what was pending can differ.
            key.update(f"{path} {file.number} {file.version} ".encode())
            if file.pending:
                key.update(len(content).to_bytes(8, "big"))
                for part in file.changed(content):
                    key.update(part)
        return image, key.digest()

    @staticmethod
    def content(file, how, odds, junk, chance):
        if not file.pending or how == "lost":
            return file.content
        content = bytearray(file.content)
        if how in ("kept", "names"):
            for step in file.pending:
                apply(content, step)
            return bytes(content)
        # The writes up to one of them, which is torn; or any sectors of any of them.
        last = chance.randrange(len(file.pending)) if how == "early" else None
        pieces = file.sectors()
        for n, step in enumerate(file.pending):
            if last is not None and n > last:
                break
            if step[0] == "t":
                if last is not None or chance.random() < odds:
                    apply(content, step)
                continue
            for piece in pieces[n]:
                if (n < last) if last is not None and n != last else chance.random() < odds:
                    if junk and piece[1] > len(content):
                        content.extend(chance.randbytes(piece[1] - len(content)))
                    apply(content, piece)
        return bytes(content)


def rename(names, step):
    if step[0] == "link":
        names[step[1]] = step[2]
    elif step[0] == "unlink":
        names.pop(step[1], None)
    elif step[1] in names:
        names[step[2]] = names.pop(step[1])
        # A directory goes with what is in it.
        for path in [path for path in names if path.startswith(step[1] + "/")]:
            names[step[2] + path[len(step[1]):]] = names.pop(path)


def contents(root):
    """What a trace begins with: {path: (inode, content)}, None for a directory."""
    found = {}
    for path in sorted(root.rglob("*")) if root.exists() else []:
        if path.is_dir():
            found[str(path)] = None
        elif path.is_file():
            found[str(path)] = (path.stat().st_ino, path.read_bytes())
    return found


class Place:
    """Puts one image after another below a directory; what lies there as it is to be is left."""

    def __init__(self, origin, root):
        """origin: where the trace was taken."""
        self.origin, self.root = str(origin), str(root)
        self.known = {}  # path: (content, what the system says of it)

    def put(self, image):
        wanted = {self.root + path[len(self.origin):]: content for path, content in image.items()
                  if path.startswith(self.origin + "/")}
        for folder, folders, files in os.walk(self.root, topdown=False):
            for name in files:
                path = os.path.join(folder, name)
                if wanted.get(path) is None:
                    os.unlink(path)
            for name in folders:
                path = os.path.join(folder, name)
                if path not in wanted or wanted[path] is not None:
                    os.rmdir(path)
        os.makedirs(self.root, mode=0o700, exist_ok=True)
        for path, content in sorted(wanted.items()):
            if content is None:
                os.makedirs(path, mode=0o700, exist_ok=True)
                continue
            there, then = self.known.get(path, (None, None))
            if there is content and then == self.state(path):
                continue
            with open(path, "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(content)
            # A time that no write gives, since two writes may come within one tick of its clock.
            os.utime(path, ns=(1, 1))
            self.known[path] = (content, self.state(path))

    @staticmethod
    def state(path):
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
