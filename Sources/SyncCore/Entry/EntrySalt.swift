/// The parts of an entry that have a salt and a digest of their own (entry §2.2).
public enum EntryPart: UInt8, Sendable, CaseIterable {
  case envelope = 0
  case operational = 1
  case coded = 2
  case sensitive = 3
  case identity = 4
}

/// Salts derived from an entry's root salt (entry §2.2).
///
/// `salt = SHA-256("yarrow.salt/1" ‖ 0x00 ‖ root ‖ label)`, cut to 16 bytes. The root has a fixed
/// length and half of the digest is dropped, so the hash is a keyed one that cannot be extended.
extension Salt {
  public func salt(of part: EntryPart) -> Salt {
    Salt(prefixOf: Hash.sha256(domain: "yarrow.salt/1", self, part.rawValue))
  }

  /// The salt of one operational field, by its name as it stands in the section.
  public func salt(ofField name: ArraySlice<UInt8>) -> Salt {
    Salt(prefixOf: Hash.sha256(domain: "yarrow.salt/1", self, 0x10 as UInt8, name))
  }

  /// The id of the record that an entry with this root salt creates (entry §2.3).
  public var createdRecord: RecordID {
    RecordID(prefixOf: Hash.sha256(domain: "yarrow.salt/1", self, 0x20 as UInt8))
  }
}
