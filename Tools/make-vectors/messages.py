#!/usr/bin/env python3
"""Writes Protocol/vectors/message from Protocol/wire-format.md alone.

    Tools/make-vectors/messages.py            writes the files anew
    Tools/make-vectors/messages.py --check    exits 1 when they differ

Run it again only when the specification changes: the vectors are the contract. zlib may choose
other bytes for the same content in another version; the content is what counts.
"""

import sys

sys.dont_write_bytecode = True

from message_batches import batches
from message_cases import cases
from message_files import files
from message_others import audits, others, successions
from message_references import references
from message_requests import requests
from message_responses import responses
from message_short import short
from vectors import write
from wire import ROOT


def main():
    requests()
    batches()
    references()
    short()
    responses()
    others()
    successions()
    audits()
    files()
    return write(cases, ROOT / "Protocol" / "vectors" / "message")


if __name__ == "__main__":
    sys.exit(main())
