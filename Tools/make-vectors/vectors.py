"""Writes the cases that a page of the specification gives, or compares them with what is there."""

import json
import sys


def write(cases, out, mine=""):
    """One file a case; with --check, says which differ. Returns the exit status.

    Files whose names lack the word `mine` are somebody else's, and stay as they are.
    """
    texts = {name + ".json": json.dumps(v, indent=2, ensure_ascii=False) + "\n" for name, v in cases.items()}
    assert all(mine in name for name in cases)
    there = [p for p in out.glob("*.json") if mine in p.name]
    if "--check" in sys.argv[1:]:
        found = {p.name: p.read_text() for p in there}
        different = sorted(n for n in texts.keys() | found.keys() if texts.get(n) != found.get(n))
        print("\n".join(different) or f"{len(texts)} vectors are as they should be")
        return 1 if different else 0
    out.mkdir(parents=True, exist_ok=True)
    for old in there:
        old.unlink()
    for name, text in texts.items():
        (out / name).write_text(text)
    accepted = sum(v["expect"] == "accept" for v in cases.values())
    print(f"{len(texts)} vectors: {accepted} accepted, {len(texts) - accepted} refused")
    return 0
