"""Yarrow beside the others: a liaison and a case worker in a programme of their own."""
import json

from measuring import run, size_of
from peers import Peer
from programme import Programme, import_reports, unlock


class Yarrow(Peer):
    name = "Yarrow"

    def start(self):
        self.programme = Programme(self.work, self.place)
        self.server = self.programme.server
        self.home = self.programme.join("device")
        self.office = self.programme.join("office", "caseworker")
        self.programme.sync(self.home)
        self.without_keyring = unlock(self.home) or unlock(self.office)

    def save(self, first, count):
        import_reports(self.home, self.workload.file(first, count), count)

    def edit(self, numbers):
        """So many records, whichever they are: each gets another value of the same field."""
        kept = run("yarrow", "export", "--home", self.home, "--format", "jsonl", "--form", "report").out
        records = [json.loads(line) for line in kept.splitlines()]
        for n in numbers:
            now = self.workload.channels.index(records[n]["fields"]["channel"])
            value = self.workload.channels[(now + 1) % len(self.workload.channels)]
            run("yarrow", "edit", "--home", self.home, records[n]["record"], "--set", f"channel={value}")

    def over_the_wire(self, *command, **how):
        synced = super().over_the_wire(*command, **how)
        synced.figures = json.loads(synced.ended.out or "{}")
        return synced

    def sync(self, **how):
        return self.over_the_wire("yarrow", "sync", "--home", self.home, "--json", **how)

    def fresh(self):
        return self.over_the_wire("yarrow", "sync", "--home", self.office, "--json")

    def device_bytes(self):
        return size_of(self.home)
