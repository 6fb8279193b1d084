import Foundation
import Testing

/// The vectors of one subject, a file each (`Protocol/vectors`).
enum VectorFiles {
  static func all<Vector: Decodable>(
    _ subject: String, as type: Vector.Type
  ) throws -> [(name: String, vector: Vector)] {
    let folder = URL(filePath: #filePath).appending(path: "../../../../Protocol/vectors/\(subject)")
      .standardized
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "json" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map {
        let vector = try JSONDecoder().decode(type, from: Data(contentsOf: $0))
        return ($0.deletingPathExtension().lastPathComponent, vector)
      }
  }
}
