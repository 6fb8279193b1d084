internal import Foundation
internal import GRDB

/// The tables of a device's replica. Migrations are append-only.
enum ReplicaSchema {
  private static let first =
    EntryTable.schema + TreeNodeTable.schema + SettingTable.schema + StatementTable.schema + """
      CREATE TABLE record (
        id INTEGER PRIMARY KEY,
        record BLOB NOT NULL UNIQUE,
        code TEXT NOT NULL,
        form TEXT NOT NULL,
        area TEXT NOT NULL,
        creator BLOB,
        epoch INTEGER NOT NULL,
        claimed INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        arrival INTEGER NOT NULL,
        own_seq INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        conflicts INTEGER NOT NULL,
        withdrawn INTEGER NOT NULL,
        unopened INTEGER NOT NULL,
        held TEXT,
        moved INTEGER NOT NULL DEFAULT 0,
        summary TEXT NOT NULL,
        digest BLOB NOT NULL
      ) STRICT;
      CREATE INDEX record_changed ON record(arrival);
      CREATE INDEX record_code ON record(code);
      CREATE INDEX record_conflicts ON record(conflicts) WHERE conflicts > 0;
      CREATE INDEX record_own ON record(own_seq) WHERE own_seq > 0;
      CREATE VIRTUAL TABLE search USING fts5(
        words, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'", detail = none,
        columnsize = 0);
      CREATE TABLE label_word (
        word TEXT NOT NULL,
        code TEXT NOT NULL,
        PRIMARY KEY (word, code)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE epoch_secret (
        origin BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        commitment BLOB NOT NULL,
        secret BLOB,
        PRIMARY KEY (origin, epoch)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE granted (
        origin BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        reader BLOB NOT NULL,
        PRIMARY KEY (origin, epoch, reader)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE pending_grant (
        origin BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (origin, epoch, bytes)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE record_key (
        record BLOB PRIMARY KEY,
        key BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE stream (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        hash BLOB NOT NULL,
        epoch INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE checkpoint (
        hub_epoch INTEGER NOT NULL,
        size INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (hub_epoch, size)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE draft (
        id BLOB PRIMARY KEY,
        form TEXT NOT NULL,
        form_version INTEGER NOT NULL,
        record BLOB,
        question TEXT,
        updated INTEGER NOT NULL,
        answers BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE alarm (
        id INTEGER PRIMARY KEY,
        code TEXT NOT NULL,
        at INTEGER NOT NULL,
        detail TEXT NOT NULL,
        evidence BLOB,
        cleared INTEGER
      ) STRICT;
      CREATE TABLE export_log (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        classes TEXT NOT NULL,
        reason TEXT,
        records INTEGER NOT NULL
      ) STRICT;
      """

  /// An origin may have branches, and branches epochs of one number (sync §8).
  private static let second = OriginTable.branches + """
    CREATE TABLE epoch_secret_2 (
      origin BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      commitment BLOB NOT NULL,
      secret BLOB,
      PRIMARY KEY (origin, epoch, commitment)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO epoch_secret_2 SELECT origin, epoch, commitment, secret FROM epoch_secret;
    DROP TABLE epoch_secret;
    ALTER TABLE epoch_secret_2 RENAME TO epoch_secret;
    CREATE TABLE granted_2 (
      origin BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      commitment BLOB NOT NULL,
      reader BLOB NOT NULL,
      PRIMARY KEY (origin, epoch, commitment, reader)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO granted_2 SELECT g.origin, g.epoch, s.commitment, g.reader
      FROM granted g JOIN epoch_secret s ON s.origin = g.origin AND s.epoch = g.epoch;
    DROP TABLE granted;
    ALTER TABLE granted_2 RENAME TO granted;
    """

  /// Files of records, sealed, and the files that drafts were given (attachments §6).
  private static let third = EntryTable.segmentContext + """
    CREATE TABLE attachment (
      id INTEGER PRIMARY KEY,
      record BLOB NOT NULL,
      address BLOB NOT NULL,
      chunks INTEGER NOT NULL,
      own INTEGER NOT NULL,
      entry BLOB,
      offered INTEGER NOT NULL DEFAULT 0,
      received INTEGER NOT NULL DEFAULT 0,
      refused TEXT,
      manifest BLOB,
      UNIQUE (record, address)
    ) STRICT;
    CREATE TABLE attachment_chunk (
      id INTEGER PRIMARY KEY,
      attachment INTEGER NOT NULL REFERENCES attachment(id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (attachment, number)
    ) STRICT;
    CREATE TABLE draft_file (
      draft BLOB NOT NULL,
      descriptor TEXT NOT NULL,
      bytes BLOB NOT NULL,
      PRIMARY KEY (draft, descriptor)
    ) STRICT;
    """

  /// What was put into bundles, so that an answer can be told from any other, whenever it comes
  /// (bundle §5).
  private static let fourth = """
    CREATE TABLE bundle (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE bundle_request (
      hash BLOB PRIMARY KEY,
      bundle INTEGER NOT NULL REFERENCES bundle(id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bundle_request_bundle ON bundle_request(bundle);
    """

  /// Random ids are found by their first bytes: an import writes a fourth of the pages.
  private static let fifth = EntryTable.foundByPrefix + """
    CREATE TABLE record_2 (
      id INTEGER PRIMARY KEY,
      record BLOB NOT NULL,
      code TEXT NOT NULL,
      form TEXT NOT NULL,
      area TEXT NOT NULL,
      creator BLOB,
      epoch INTEGER NOT NULL,
      claimed INTEGER NOT NULL,
      changed INTEGER NOT NULL,
      arrival INTEGER NOT NULL,
      own_seq INTEGER NOT NULL,
      entries INTEGER NOT NULL,
      conflicts INTEGER NOT NULL,
      withdrawn INTEGER NOT NULL,
      unopened INTEGER NOT NULL,
      held TEXT,
      moved INTEGER NOT NULL DEFAULT 0,
      summary TEXT NOT NULL,
      digest BLOB NOT NULL
    ) STRICT;
    INSERT INTO record_2 SELECT * FROM record;
    DROP TABLE record;
    ALTER TABLE record_2 RENAME TO record;
    CREATE INDEX record_id ON record(\(BytePrefix.of("record")));
    CREATE INDEX record_changed ON record(arrival);
    CREATE INDEX record_code ON record(code);
    CREATE INDEX record_conflicts ON record(conflicts) WHERE conflicts > 0;
    CREATE INDEX record_own ON record(own_seq) WHERE own_seq > 0;
    """

  /// What takes something back is looked for before each exchange, among all that waits.
  private static let sixth = """
    CREATE INDEX entry_taking_back ON entry(origin, seq) WHERE \(TakingBack.condition());
    """

  /// Records of which something came as the device's own: they do not leave with an area (sync §3.4).
  private static let seventh = """
    CREATE TABLE own_record (record BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    """

  /// A record's line is made anew when something comes to it, so that its number says where it stands
  /// in a list; its words lie beside its answers, and the full-text index keeps no copy of them.
  private static func eighth(_ db: Database) throws {
    try db.execute(
      sql: EntryTable.foundByPlace
        + "CREATE VIRTUAL TABLE search_2 USING fts5(\(SearchWords.index));")
    let tables = try String.fetchAll(
      db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 5) = 'form_'")
    var worded: [String] = []
    for table in tables.map(\.quotedDatabaseIdentifier) {
      // Below zero meanwhile, where no number is taken. A row of no record is of a form that could not
      // be read when its record went.
      try db.execute(
        sql: """
          DELETE FROM \(table) WHERE record NOT IN (SELECT id FROM record);
          ALTER TABLE \(table) ADD COLUMN words TEXT;
          UPDATE \(table) SET words = (SELECT s.words FROM search s WHERE s.rowid = record);
          UPDATE \(table) SET record = -(SELECT r.arrival FROM record r WHERE r.id = \(table).record);
          UPDATE \(table) SET record = -record;
          INSERT INTO search_2(rowid, words) SELECT record, words FROM \(table) WHERE words IS NOT NULL;
          """)
      worded.append("SELECT record FROM \(table) WHERE words IS NOT NULL")
    }
    try db.execute(
      sql: """
        UPDATE record SET id = -arrival;
        UPDATE record SET id = -id;
        DROP INDEX record_changed;
        DROP INDEX record_code;
        DROP INDEX record_own;
        ALTER TABLE record DROP COLUMN arrival;
        ALTER TABLE record DROP COLUMN moved;
        INSERT INTO search_2(rowid, words) SELECT id, lower(replace(code, '-', ' ')) FROM record
          WHERE id NOT IN (\((["SELECT NULL WHERE FALSE"] + worded).joined(separator: " UNION ALL ")));
        INSERT INTO setting(name, value) VALUES ('indexed_record', (SELECT coalesce(max(id), 0) FROM record));
        DROP TABLE search;
        ALTER TABLE search_2 RENAME TO search;
        """)
  }

  /// What came as the device's own before that was kept is not known any more, and no entry says it: who
  /// went on from the same origin only the hub knows. So a home that has a copy, and an area that a
  /// record can leave, asks for its own stream once more, whose entries are marked when they come.
  private static let ninth = """
    UPDATE stream SET count = 0, hash = zeroblob(32)
      WHERE name = 'own' AND EXISTS (SELECT 1 FROM stream WHERE name >= 'area/' AND name < 'area0')
        AND EXISTS (SELECT 1 FROM setting WHERE name IN ('retired_identities', 'closing'));
    """

  /// A record that came whole into an area lost its beginning when an answer ended in the midst of it
  /// and its tombstone in another place came in the same or a later one; and answers in a bundle brought
  /// a list past what one before them delivered. What such a home lacks it does not know, so it asks for
  /// its lists once more, of which it keeps what it has.
  private static let tenth = """
    ALTER TABLE stream ADD COLUMN coming BLOB;
    UPDATE stream SET count = 0, hash = zeroblob(32)
      WHERE EXISTS (SELECT 1 FROM bundle)
        OR (name >= 'area/' AND name < 'area0' AND EXISTS (
          SELECT 1 FROM setting WHERE name = 'programme_areas' AND instr(value, char(10)) > 0));
    """

  /// The answers lay once more in a table for each form, of which nothing was read but the words in it:
  /// a quarter of the file.
  private static func eleventh(_ db: Database) throws {
    try db.execute(
      sql: "CREATE TABLE record_words (record INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT")
    let tables = try String.fetchAll(
      db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 5) = 'form_'")
    for table in tables.map(\.quotedDatabaseIdentifier) {
      try db.execute(
        sql: """
          INSERT INTO record_words SELECT record, words FROM \(table) WHERE words IS NOT NULL;
          DROP TABLE \(table);
          """)
    }
  }

  /// The words of all records lay beside the full-text index, so that it could be told what leaves it:
  /// a third of the file.
  private static func twelfth(_ db: Database) throws {
    try db.execute(sql: "ALTER TABLE record ADD COLUMN word_check INTEGER NOT NULL DEFAULT 0")
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT r.id, r.code, CAST(w.words AS BLOB) AS words
        FROM record r LEFT JOIN record_words w ON w.record = r.id
        """)
    while let row = try rows.next() {
      let words = (row["words"] as Data?).map { Array($0) } ?? SearchWords(code: row["code"]).text
      try db.cachedStatement(sql: "UPDATE record SET word_check = ? WHERE id = ?")
        .execute(arguments: [LeavingWords.check(words), row["id"] as Int64])
    }
    try db.execute(sql: WordTable.schema)
  }

  /// Coded sections lay in the entries as they travel: 40 % of what an entry took.
  private static let thirteenth = CodedTables.schema

  static var steps: [SchemaStep] {
    [
      SchemaStep(1, first), SchemaStep(2, second), SchemaStep(3, third), SchemaStep(4, fourth),
      SchemaStep(5, fifth), SchemaStep(6, sixth), SchemaStep(7, seventh), SchemaStep(8, eighth),
      SchemaStep(9, ninth), SchemaStep(10, tenth), SchemaStep(11, eleventh),
      SchemaStep(12, twelfth), SchemaStep(13, thirteenth),
    ]
  }

  static func migrate(_ db: any DatabaseWriter) throws {
    try SchemaMigration.run(
      steps, on: db,
      newer: "This home was made by a newer program; update this one, then try again.")
  }
}
