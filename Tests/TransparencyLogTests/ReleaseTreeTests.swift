import SyncCore
import Testing
import TransparencyLog

@Suite struct ReleaseTreeTests {
  private func entries(_ count: Int) -> [EntryHash] {
    (0..<count).map { Hash.sha256(domain: "entry", UInt64($0)) }
  }

  @Test func `every entry of a release has a path to its root, and no other entry has`() throws {
    for count in 0...40 {
      let tree = ReleaseTree(Set(entries(count)))
      #expect(tree.entries == entries(count).sorted())
      #expect(tree.root == MerkleTree.root(of: tree.entries.map { MerkleTree.leafHash($0) }))
      for entry in tree.entries {
        try tree.inclusionProof(of: entry)
          .verify(leafHash: MerkleTree.leafHash(entry), root: tree.root)
      }
      for other in [Digest32.zero, entries(count + 1)[count]] {
        #expect(throws: TransparencyLogError(.notInRelease)) { try tree.inclusionProof(of: other) }
      }
    }
  }

  @Test func `the order in which entries came leaves no trace`() throws {
    let tree = ReleaseTree(Set(entries(20)))
    #expect(tree.root == ReleaseTree(Set(entries(20).reversed())).root)
    #expect(throws: TransparencyLogError(.unsortedRelease)) {
      try ReleaseTree(sorted: tree.entries.reversed())
    }
  }

  @Test func `each part of a release's head changes its leaf`() {
    let head = ReleaseHead(
      programme: ProgrammeID(high: 1, low: 2), number: 3, count: 4, root: entries(1)[0],
      policy: entries(2)[1], withheld: entries(3)[2])
    var others: [ReleaseHead] = Array(repeating: head, count: 6)
    others[0].programme = ProgrammeID(high: 1, low: 3)
    others[1].number = 4
    others[2].count = 3
    others[3].root = head.policy
    others[4].policy = head.root
    others[5].withheld = head.root
    #expect(Set(others.map(\.leaf) + [head.leaf]).count == 7)
  }
}
