internal import GRDB

/// The tables of a hub. Migrations are append-only.
enum HubSchema {
  private static let first =
    EntryTable.schema + TreeNodeTable.schema + SettingTable.schema + StatementTable.schema + """
      CREATE INDEX entry_leaf ON entry(leaf);
      CREATE INDEX entry_own_leaf ON entry(origin, leaf);
      CREATE INDEX entry_held ON entry(held) WHERE held IS NOT NULL;
      CREATE TABLE device (
        origin BLOB PRIMARY KEY,
        prefix BLOB NOT NULL UNIQUE,
        signing BLOB NOT NULL,
        opening BLOB NOT NULL,
        role INTEGER NOT NULL,
        areas TEXT NOT NULL,
        label TEXT NOT NULL,
        version INTEGER NOT NULL,
        revoked INTEGER NOT NULL DEFAULT 0,
        revoked_reason TEXT,
        last_push_done INTEGER NOT NULL DEFAULT 0,
        joined INTEGER NOT NULL,
        last_seen INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE invite (
        id INTEGER PRIMARY KEY,
        secret_hash BLOB NOT NULL UNIQUE,
        role INTEGER NOT NULL,
        areas TEXT NOT NULL,
        label TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        used_by BLOB,
        cancelled INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE stream (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        count INTEGER NOT NULL,
        hash BLOB NOT NULL
      ) STRICT;
      CREATE TABLE stream_item (
        stream INTEGER NOT NULL REFERENCES stream(id),
        position INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        entry INTEGER,
        record BLOB,
        statement INTEGER,
        hash BLOB NOT NULL,
        PRIMARY KEY (stream, position)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE record (
        record BLOB PRIMARY KEY,
        area TEXT NOT NULL,
        form TEXT NOT NULL,
        creator BLOB NOT NULL,
        received INTEGER NOT NULL,
        urgent INTEGER NOT NULL DEFAULT 0,
        answered INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE assignee (
        record BLOB NOT NULL,
        origin BLOB NOT NULL,
        PRIMARY KEY (record, origin)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE fork (
        id INTEGER PRIMARY KEY,
        origin BLOB NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        segment BLOB NOT NULL,
        signature BLOB NOT NULL,
        UNIQUE (origin, segment)
      ) STRICT;
      CREATE TABLE release (
        number INTEGER PRIMARY KEY,
        leaf INTEGER NOT NULL,
        leaf_hash BLOB NOT NULL,
        first_leaf INTEGER NOT NULL,
        end_leaf INTEGER NOT NULL,
        at INTEGER NOT NULL,
        package BLOB NOT NULL,
        attached INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE export_log (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        format TEXT NOT NULL,
        records INTEGER NOT NULL
      ) STRICT;
      """

  /// Forks are folded: branches of an origin, closed origins and their successors (sync §8).
  private static let second = OriginTable.branches + """
    ALTER TABLE device ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE device ADD COLUMN predecessor BLOB;
    ALTER TABLE device ADD COLUMN succession BLOB;
    ALTER TABLE device ADD COLUMN succession_signature BLOB;
    CREATE INDEX device_predecessor ON device(predecessor) WHERE predecessor IS NOT NULL;
    ALTER TABLE fork ADD COLUMN evidence BLOB;
    """

  /// Files of records, sealed (attachments §8). The manifest is last: sums over the others do not
  /// read it.
  private static let third = EntryTable.segmentContext + """
    CREATE TABLE attachment (
      id INTEGER PRIMARY KEY,
      record BLOB NOT NULL,
      address BLOB NOT NULL UNIQUE,
      origin BLOB NOT NULL,
      chunks INTEGER NOT NULL,
      stored INTEGER NOT NULL,
      promised INTEGER NOT NULL,
      at INTEGER NOT NULL,
      manifest BLOB NOT NULL
    ) STRICT;
    CREATE INDEX attachment_record ON attachment(record);
    CREATE INDEX attachment_origin ON attachment(origin, promised);
    CREATE TABLE attachment_chunk (
      id INTEGER PRIMARY KEY,
      attachment INTEGER NOT NULL REFERENCES attachment(id),
      number INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (attachment, number)
    ) STRICT;
    """

  /// Random ids are found by their first bytes, and records lie in the order in which they came: a
  /// push writes a fourth of the pages.
  private static let fourth = EntryTable.foundByPrefix + """
    CREATE INDEX entry_leaf ON entry(leaf);
    CREATE INDEX entry_own_leaf ON entry(origin, leaf, seq);
    CREATE INDEX entry_held ON entry(held) WHERE held IS NOT NULL;
    CREATE TABLE record_2 (
      id INTEGER PRIMARY KEY,
      record BLOB NOT NULL,
      area TEXT NOT NULL,
      form TEXT NOT NULL,
      creator BLOB NOT NULL,
      received INTEGER NOT NULL,
      urgent INTEGER NOT NULL DEFAULT 0,
      answered INTEGER
    ) STRICT;
    INSERT INTO record_2(record, area, form, creator, received, urgent, answered)
      SELECT record, area, form, creator, received, urgent, answered FROM record;
    DROP TABLE record;
    ALTER TABLE record_2 RENAME TO record;
    CREATE INDEX record_id ON record(\(BytePrefix.of("record")));
    """

  static var steps: [SchemaStep] {
    [
      SchemaStep(1, first), SchemaStep(2, second), SchemaStep(3, third), SchemaStep(4, fourth),
      SchemaStep(5, EntryTable.foundByPlace),
    ]
  }

  static func migrate(_ db: any DatabaseWriter) throws {
    try SchemaMigration.run(
      steps, on: db,
      newer: "This hub was made by a newer program; update this one, then try again.")
  }
}
